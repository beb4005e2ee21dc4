-- Several places, what is kept back of a SKU, and what may be sold before it is there.
alter table locations add column name text;
-- An inactive place keeps what it has: nothing is taken from it, and nothing there is for sale.
alter table locations add column active boolean not null default true;

-- How orders take from several places; one row. The other columns follow from `locations`, so that an order reads one row.
create table allocation_rule (
  only_row       boolean primary key default true check (only_row),
  strategy       text not null default 'priority' check (strategy in ('priority', 'most_stock')),
  first_location text collate "C",
  -- Whether it is the only active place.
  sole           boolean not null
);
insert into allocation_rule (first_location, sole) values ('main', true);

create function follow_locations() returns void language sql as $$
  update allocation_rule set
    first_location = (select location from locations where active order by priority, location limit 1),
    sole = (select count(*) = 1 from locations where active);
$$;
select follow_locations();

-- What holds for one SKU; a SKU without a row has none of it.
create table stock_rules (
  sku             text collate "C" primary key references items,
  -- Not for sale, of all that is there.
  safety          integer not null default 0 check (safety >= 0),
  -- How many may be promised before they are there.
  backorder_limit integer not null default 0 check (backorder_limit >= 0),
  -- Null: the service's own.
  low_threshold   integer check (low_threshold >= 0),
  -- Promised and not there yet: the sum of `backorders`.
  owed            integer not null default 0 check (owed >= 0)
);

-- What an order was promised, first come first served.
create table backorders (
  position bigint generated always as identity primary key,
  order_id uuid not null references reservations,
  sku      text collate "C" not null references stock_rules,
  quantity integer not null check (quantity > 0),
  at       timestamptz not null,
  unique (order_id, sku)
);
create index backorders_of_sku on backorders (sku, position);

-- `safety + owed`, on each row that orders may take from: what the fast path of take_stock has to leave, read with the row it locks.
alter table stock add column kept integer not null default 0;

-- The transfer or stock-take that a movement belongs to.
alter table movements add column cause uuid;
alter table movements drop constraint movements_kind_check;
alter table movements add constraint movements_kind_check
  check (kind in ('receipt', 'reserve', 'release', 'sale', 'return', 'adjustment', 'transfer_out', 'transfer_in'));

drop view stock_by_movements;
create view stock_by_movements as
  select sku, location,
    sum(case when kind in ('receipt', 'return', 'adjustment', 'transfer_in') then quantity
             when kind in ('sale', 'transfer_out') then -quantity else 0 end) as on_hand,
    sum(case when kind = 'reserve' then quantity when kind in ('release', 'sale') then -quantity else 0 end) as reserved
  from movements group by sku, location;

-- What an order could get now: from the shelf, and of what is yet to come.
create view stock_for_sale as
  select i.sku, i.version, i.low, f.on_hand, f.reserved, f.free, coalesce(r.owed, 0) as owed, coalesce(r.safety, 0) as safety,
    coalesce(r.backorder_limit, 0) as backorder_limit, r.low_threshold,
    greatest(0, f.free - coalesce(r.safety, 0) - coalesce(r.owed, 0)) as on_shelf,
    greatest(0, coalesce(r.backorder_limit, 0) - coalesce(r.owed, 0)) as to_come
  from items i
  left join stock_rules r on r.sku = i.sku
  cross join lateral (
    select coalesce(sum(s.on_hand), 0) as on_hand, coalesce(sum(s.reserved), 0) as reserved,
      coalesce(sum(case when l.active then s.on_hand - s.reserved else 0 end), 0) as free
    from stock s join locations l on l.location = s.location where s.sku = i.sku) f;

-- Books one kind of movement for everything that is allocated, in the order of the allocations. What is only promised (no location)
-- is nowhere, and moves nothing.
create or replace function move_stock(p_kind text, p_order_id uuid, p_allocations allocation[], p_at timestamptz)
returns void language plpgsql as $$
declare
  a allocation;
  hand constant integer := case p_kind when 'sale' then -1 when 'return' then 1 else 0 end;
  held constant integer := case p_kind when 'reserve' then 1 when 'return' then 0 else -1 end;
begin
  foreach a in array p_allocations loop
    update stock set on_hand = on_hand + hand * a.quantity, reserved = reserved + held * a.quantity
    where sku = a.sku and location = a.location;
  end loop;
  insert into movements (sku, location, kind, quantity, order_id, at)
    select sku, location, p_kind, quantity, p_order_id, p_at from unnest(p_allocations) where location is not null;
  -- In order, for the same reason: two orders may mark the same SKUs while they hold different locations.
  insert into unannounced select sku from unnest(p_allocations) on conflict do nothing;
end $$;

-- Whose rows of `stock` are locked: nobody else can change what is owed of the SKU or what is kept back of it.
create function keep_back(p_sku text) returns void language sql as $$
  update stock set kept = (select safety + owed from stock_rules where sku = p_sku)
  where sku = p_sku and location in (select location from locations where active);
$$;

-- Which places the demand comes from, and which of it is yet to come; every row of it is locked. Where one place has all of the order,
-- that one, so that it is one parcel; else where one place has all of the SKU; else from as many as it takes. Of several places the
-- first by priority, or the one with the most.
create function allocate(p_skus text[], p_quantities integer[], p_strategy text, out taken allocation[], out short jsonb)
language plpgsql as $$
declare
  line record;
  place record;
  whole text;
  wanted integer;
  found_short boolean := false;
  found_all allocation[] := '{}';
begin
  for line in
    select d.sku, d.quantity as wanted, coalesce(f.on_shelf, 0) as on_shelf, coalesce(f.to_come, 0) as to_come
    from unnest(p_skus, p_quantities) as d (sku, quantity) left join stock_for_sale f on f.sku = d.sku order by d.sku
  loop
    found_short := found_short or line.wanted > line.on_shelf + line.to_come;
    found_all := found_all || (line.sku, 'on the shelf', least(line.wanted, line.on_shelf))::allocation;
  end loop;

  if found_short then
    select jsonb_agg(jsonb_build_object('sku', d.sku, 'requested', d.quantity,
        'available', coalesce(f.on_shelf, 0) + coalesce(f.to_come, 0)) order by d.sku)
      into short
      from unnest(p_skus, p_quantities) as d (sku, quantity) left join stock_for_sale f on f.sku = d.sku
      where d.quantity > coalesce(f.on_shelf, 0) + coalesce(f.to_come, 0);
    return;
  end if;

  select l.location into whole from locations l
    where l.active and not exists (
      select from unnest(found_all) d where d.quantity > 0 and not exists (
        select from stock s where s.sku = d.sku and s.location = l.location and s.on_hand - s.reserved >= d.quantity))
    order by case when p_strategy = 'most_stock' then
        (select sum(s.on_hand - s.reserved) from stock s where s.sku = any (p_skus) and s.location = l.location) end desc nulls last,
      l.priority, l.location
    limit 1;

  taken := '{}';
  for line in select sku, quantity from unnest(found_all) loop
    wanted := line.quantity;
    for place in
      select s.location, s.on_hand - s.reserved as free from stock s join locations l on l.location = s.location
      where s.sku = line.sku and l.active and s.on_hand > s.reserved
      order by s.location = whole desc nulls last, s.on_hand - s.reserved >= line.quantity desc,
        case when p_strategy = 'most_stock' then s.on_hand - s.reserved end desc nulls last, l.priority, l.location
    loop
      exit when wanted = 0;
      taken := taken || (line.sku, place.location, least(wanted, place.free))::allocation;
      wanted := wanted - least(wanted, place.free);
    end loop;
  end loop;
  select array_agg((sku, location, quantity)::allocation order by sku, location nulls last) into taken
    from (
      select sku, location, quantity from unnest(taken)
      union all
      select d.sku, null, d.quantity - f.quantity from unnest(p_skus, p_quantities) as d (sku, quantity) join unnest(found_all) f on f.sku = d.sku
      where d.quantity > f.quantity
    ) a;
end $$;

-- Takes the demand, which is summed and in the order of SKUs, or nothing at all when any SKU is short. Returns what was taken, and in
-- `short` what was not: [{sku, requested, available}].
-- Nearly every shop has one place, and nearly every order finds there all that it wants: then a line is one guarded UPDATE, which locks
-- the row and looks at what it holds once it is ours. Locking rows first (0004) cost a second write of each.
create or replace function take_stock(
  p_order_id uuid, p_skus text[], p_quantities integer[], p_at timestamptz, out taken allocation[], out short jsonb
) language plpgsql as $$
declare
  rule allocation_rule;
  place record;
  lines constant integer := cardinality(p_skus);
  line integer := 1;
  first_has_all boolean := true;
  first_has boolean;
begin
  select * into rule from allocation_rule;
  if rule.sole then
    while line <= lines loop
      update stock set reserved = reserved + p_quantities[line]
      where sku = p_skus[line] and location = rule.first_location and on_hand - reserved - kept >= p_quantities[line];
      exit when not found;
      taken := taken || (p_skus[line], rule.first_location, p_quantities[line])::allocation;
      line := line + 1;
    end loop;
    if line > lines then
      insert into movements (sku, location, kind, quantity, order_id, at)
        select sku, location, 'reserve', quantity, p_order_id, p_at from unnest(taken);
      insert into unannounced select unnest(p_skus) on conflict do nothing;
      return;
    end if;
    -- Another line is short, or yet to come. The rows stay locked, in the order in which the others are locked next.
    for done in 1 .. line - 1 loop
      update stock set reserved = reserved - p_quantities[done] where sku = p_skus[done] and location = rule.first_location;
    end loop;
    taken := null;
    perform from stock where sku = any (p_skus) and location = rule.first_location order by sku for update;
  else
    for line in 1 .. lines loop
      first_has := false;
      for place in
        select location, on_hand - reserved - kept as free from stock
        where sku = p_skus[line] and location in (select location from locations where active) order by location for update
      loop
        first_has := first_has or (place.location = rule.first_location and place.free >= p_quantities[line]);
      end loop;
      first_has_all := first_has_all and first_has;
      taken := taken || (p_skus[line], rule.first_location, p_quantities[line])::allocation;
    end loop;
    if first_has_all and rule.strategy = 'priority' then
      perform move_stock('reserve', p_order_id, taken, p_at);
      return;
    end if;
  end if;

  perform from stock_rules where sku = any (p_skus) order by sku for update;
  select a.taken, a.short into taken, short from allocate(p_skus, p_quantities, rule.strategy) a;
  if short is not null then
    taken := null;
    return;
  end if;
  perform move_stock('reserve', p_order_id, taken, p_at);
end $$;

-- What of the allocations is yet to come: [{sku, quantity}], null when nothing is.
create function promised(p_allocations allocation[]) returns jsonb language sql as $$
  select jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity) order by sku) from unnest(p_allocations) where location is null;
$$;

-- Writes down what an order was promised. Its reservation is there, and every row of its SKUs is locked.
create function promise(p_order_id uuid, p_allocations allocation[], p_at timestamptz) returns void language plpgsql as $$
declare
  line record;
begin
  for line in select sku, quantity from unnest(p_allocations) where location is null order by sku loop
    insert into backorders (order_id, sku, quantity, at) values (p_order_id, line.sku, line.quantity, p_at);
    update stock_rules set owed = owed + line.quantity where sku = line.sku;
    perform keep_back(line.sku);
  end loop;
end $$;

create function is_promised(p_allocations allocation[]) returns boolean language sql as $$
  select exists (select from unnest(p_allocations) where location is null);
$$;

-- Locks every row of the allocations' SKUs, in order: before what is moved of an order that was promised something.
create function lock_stock(p_allocations allocation[]) returns void language plpgsql as $$
begin
  perform from stock where sku in (select sku from unnest(p_allocations)) order by sku, location for update;
  perform from stock_rules where sku in (select sku from unnest(p_allocations)) order by sku for update;
end $$;

-- Takes back what an order was promised.
create function forget_promise(p_order_id uuid) returns void language plpgsql as $$
declare
  line record;
begin
  for line in select sku, quantity from backorders where order_id = p_order_id order by sku loop
    update stock_rules set owed = owed - line.quantity where sku = line.sku;
    perform keep_back(line.sku);
  end loop;
  delete from backorders where order_id = p_order_id;
end $$;

-- Takes again what had lapsed.
create or replace function retake_stock(p_reservation reservations, p_at timestamptz, out taken allocation[], out short jsonb)
language plpgsql as $$
declare
  skus text[];
  quantities integer[];
begin
  select array_agg(d.sku order by d.sku), array_agg(d.quantity order by d.sku) into skus, quantities
    from (select sku, sum(quantity)::integer as quantity from unnest(p_reservation.allocations) group by sku) d;
  select t.taken, t.short into taken, short from take_stock(p_reservation.order_id, skus, quantities, p_at) t;
  if short is null and is_promised(taken) then
    perform promise(p_reservation.order_id, taken, p_at);
  end if;
end $$;

-- outcome: held, committed (both: answer the reservation), released, differs, short. p_expires_at null: never lapses by itself.
-- The demand is summed and in the order of SKUs. `to_come`: what of it is promised and not there yet.
drop function reserve(uuid, text[], integer[], timestamptz, timestamptz);
create function reserve(
  p_order_id uuid, p_skus text[], p_quantities integer[], p_at timestamptz, p_expires_at timestamptz,
  out outcome text, out expires_at timestamptz, out short jsonb, out to_come jsonb
) language plpgsql as $$
declare
  r reservations;
  taken allocation[];
begin
  perform pg_advisory_xact_lock(hashtextextended(p_order_id::text, 0));
  select * into r from reservations where order_id = p_order_id;
  if r.status = 'released' then
    outcome := 'released';
    return;
  elsif r.order_id is not null and not same_demand(r.allocations, p_skus, p_quantities) then
    outcome := 'differs';
    return;
  elsif r.status in ('held', 'committed') then
    outcome := r.status;
    expires_at := r.expires_at;
    to_come := promised(r.allocations);
    return;
  end if;

  select t.taken, t.short into taken, short from take_stock(p_order_id, p_skus, p_quantities, p_at) t;
  if short is not null then
    outcome := 'short';
    return;
  end if;
  insert into reservations as old (order_id, status, allocations, expires_at, created_at, updated_at)
    values (p_order_id, 'held', taken, p_expires_at, p_at, p_at)
    on conflict (order_id) do update
    set status = 'held', allocations = excluded.allocations, expires_at = excluded.expires_at, updated_at = p_at;
  outcome := 'held';
  expires_at := p_expires_at;
  -- The common case by what is known already: every line has one place, and none is missing.
  if taken[cardinality(taken)].location is null or cardinality(taken) <> cardinality(p_skus) then
    to_come := promised(taken);
    if to_come is not null then
      perform promise(p_order_id, taken, p_at);
    end if;
  end if;
end $$;

-- outcome: committed, released, unknown, short. What is yet to come is sold when it comes.
create or replace function commit_reservation(p_order_id uuid, p_at timestamptz, out outcome text, out short jsonb) language plpgsql as $$
declare
  r reservations;
  a allocation;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_order_id::text, 0));
  select * into r from reservations where order_id = p_order_id;
  outcome := coalesce(r.status, 'unknown');
  if outcome not in ('held', 'expired') then return; end if;

  if r.status = 'expired' then
    select t.taken, t.short into r.allocations, short from retake_stock(r, p_at) t;
    if short is not null then
      outcome := 'short';
      return;
    end if;
  end if;
  foreach a in array r.allocations loop
    update stock set on_hand = on_hand - a.quantity, reserved = reserved - a.quantity where sku = a.sku and location = a.location;
  end loop;
  insert into movements (sku, location, kind, quantity, order_id, at)
    select sku, location, 'sale', quantity, p_order_id, p_at from unnest(r.allocations) where location is not null;
  insert into unannounced select sku from unnest(r.allocations) on conflict do nothing;
  update reservations set status = 'committed', allocations = r.allocations, expires_at = null, updated_at = p_at where order_id = p_order_id;
  outcome := 'committed';
end $$;

create or replace function release_reservation(p_order_id uuid, p_at timestamptz) returns text language plpgsql as $$
declare
  r reservations;
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.order_id is null then
    insert into reservations (order_id, status, allocations, created_at, updated_at) values (p_order_id, 'released', '{}', p_at, p_at);
  elsif r.status in ('held', 'expired') then
    if r.status = 'held' then
      perform let_go(r, p_at);
    end if;
    update reservations set status = 'released', expires_at = null, updated_at = p_at where order_id = p_order_id;
  end if;
  return coalesce(r.status, 'unknown');
end $$;

-- Gives back what a reservation holds and was promised.
create function let_go(p_reservation reservations, p_at timestamptz) returns void language plpgsql as $$
begin
  if is_promised(p_reservation.allocations) then
    perform lock_stock(p_reservation.allocations);
    perform forget_promise(p_reservation.order_id);
  end if;
  perform move_stock('release', p_reservation.order_id, p_reservation.allocations, p_at);
end $$;

-- What is held is sold first, so that the commit which is still under way finds what it expects. What was promised and never came is
-- neither sold nor returned.
create or replace function restock(p_order_id uuid, p_at timestamptz) returns void language plpgsql as $$
declare
  r reservations;
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.status is null or r.status not in ('held', 'committed') then
    perform release_reservation(p_order_id, p_at);
    return;
  end if;
  if r.restocked then return; end if;
  if is_promised(r.allocations) then
    perform lock_stock(r.allocations);
    perform forget_promise(p_order_id);
  end if;
  if r.status = 'held' then
    perform move_stock('sale', p_order_id, r.allocations, p_at);
  end if;
  perform move_stock('return', p_order_id, r.allocations, p_at);
  update reservations set status = 'committed', expires_at = null, restocked = true, updated_at = p_at where order_id = p_order_id;
end $$;

create or replace function expire_next(p_at timestamptz) returns table (order_id uuid, lapses integer) language plpgsql as $$
declare
  r reservations;
begin
  loop
    select * into r from reservations v where v.expires_at <= p_at order by v.expires_at limit 1;
    if not found then return; end if;
    perform lock_order(r.order_id);
    -- It may have been extended, committed or released before its lock was ours.
    select * into r from reservations v where v.order_id = r.order_id and v.expires_at <= p_at;
    exit when found;
  end loop;
  perform let_go(r, p_at);
  return query
    update reservations v set status = 'expired', expires_at = null, lapses = v.lapses + 1, updated_at = p_at
    where v.order_id = r.order_id returning v.order_id, v.lapses;
end $$;

-- Gives what has come to the order that was promised it first; no row when nothing that is owed can be given just now. `owed`: what this order
-- still waits for, of all its SKUs.
create function fill_next_backorder(p_at timestamptz)
returns table (order_id uuid, sku text, quantity integer, owed integer, filled integer) language plpgsql as $$
declare
  b record;
  r reservations;
  place record;
  free integer;
  wanted integer;
  given allocation[];
begin
  select v.order_id, v.sku into b from backorders v
    where exists (select from stock_for_sale f where f.sku = v.sku and f.free > f.safety)
    order by v.position limit 1;
  if not found then return; end if;
  perform lock_order(b.order_id);
  select * into r from reservations v where v.order_id = b.order_id;
  perform from stock s where s.sku = b.sku order by s.location for update;
  perform from stock_rules q where q.sku = b.sku for update;
  -- Released or taken meanwhile: whoever asks again finds the next. Here it would be locked out of order.
  select v.quantity into wanted from backorders v where v.order_id = b.order_id and v.sku = b.sku;
  if not found then return; end if;
  select f.free - f.safety into free from stock_for_sale f where f.sku = b.sku;
  wanted := least(wanted, free);
  if wanted <= 0 then return; end if;

  given := '{}';
  for place in
    select s.location, s.on_hand - s.reserved as free from stock s join locations l on l.location = s.location
    where s.sku = b.sku and l.active and s.on_hand > s.reserved order by l.priority, l.location
  loop
    exit when wanted = 0;
    given := given || (b.sku, place.location, least(wanted, place.free))::allocation;
    wanted := wanted - least(wanted, place.free);
  end loop;
  wanted := (select sum(g.quantity) from unnest(given) g);
  perform move_stock('reserve', b.order_id, given, p_at);
  if r.status = 'committed' then
    perform move_stock('sale', b.order_id, given, p_at);
  end if;
  update backorders v set quantity = v.quantity - wanted
    where v.order_id = b.order_id and v.sku = b.sku and v.quantity > wanted;
  if not found then
    delete from backorders v where v.order_id = b.order_id and v.sku = b.sku;
  end if;
  update stock_rules q set owed = q.owed - wanted where q.sku = b.sku;
  perform keep_back(b.sku);
  return query
    update reservations v set updated_at = p_at, fills = v.fills + 1, allocations = (
      select array_agg((a.sku, a.location, a.quantity)::allocation order by a.sku, a.location nulls last) from (
        select e.sku, e.location, sum(case when e.location is null and e.sku = b.sku then e.quantity - wanted else e.quantity end)::integer as quantity
        from (select * from unnest(r.allocations) union all select * from unnest(given)) e group by e.sku, e.location
      ) a where a.quantity > 0)
    where v.order_id = b.order_id
    returning v.order_id, b.sku, wanted,
      (select coalesce(sum(o.quantity), 0)::integer from backorders o where o.order_id = b.order_id), v.fills;
end $$;

-- How often something came for it: the sequence of inventory.backorder_filled.v1.
alter table reservations add column fills integer not null default 0;

-- Receipts and adjustments may bring rows that are new and cannot be locked yet: they take the item first, as announce does.
-- outcome: done, no location, unknown (an adjustment of what was never received), too large, full.
drop function book_stock(text, text, text, integer, text, text, timestamptz);
create function book_stock(
  p_kind text, p_sku text, p_location text, p_quantity integer, p_reason text, p_actor text, p_at timestamptz,
  p_cause uuid default null, out outcome text, out available integer
) language plpgsql as $$
declare
  s stock;
begin
  if not exists (select from locations where location = p_location) then
    outcome := 'no location';
    return;
  end if;
  if p_kind in ('receipt', 'transfer_in') then
    insert into items (sku) values (p_sku) on conflict do nothing;
  end if;
  perform from items where sku = p_sku for update;
  if not found then
    outcome := 'unknown';
    return;
  end if;

  select * into s from stock where sku = p_sku and location = p_location for update;
  available := coalesce(s.on_hand - s.reserved, 0);
  if available + p_quantity < 0 then
    outcome := 'too large';
  elsif coalesce(s.on_hand, 0) + p_quantity > 1000000000 then
    outcome := 'full';
  else
    -- Not one upsert: its row is checked as if inserted, and an adjustment downwards would be refused.
    update stock set on_hand = on_hand + p_quantity where sku = p_sku and location = p_location;
    if not found then
      perform from stock_rules where sku = p_sku for update;
      insert into stock (sku, location, on_hand, kept)
        values (p_sku, p_location, p_quantity, coalesce((select safety + owed from stock_rules where sku = p_sku), 0));
    end if;
    insert into movements (sku, location, kind, quantity, reason, actor, at, cause)
      values (p_sku, p_location, p_kind, case when p_kind = 'adjustment' then p_quantity else abs(p_quantity) end, p_reason, p_actor, p_at, p_cause);
    insert into unannounced values (p_sku) on conflict do nothing;
    outcome := 'done';
  end if;
end $$;

-- Rules of a SKU, which is known from then on. Null leaves a limit as it is; p_low_threshold is set as it is given.
create function put_stock_rules(p_sku text, p_safety integer, p_backorder_limit integer, p_low_threshold integer)
returns void language plpgsql as $$
begin
  insert into items (sku) values (p_sku) on conflict do nothing;
  perform from items where sku = p_sku for update;
  perform from stock where sku = p_sku order by location for update;
  insert into stock_rules (sku, safety, backorder_limit, low_threshold) values (p_sku, p_safety, p_backorder_limit, p_low_threshold)
    on conflict (sku) do update set safety = excluded.safety, backorder_limit = excluded.backorder_limit, low_threshold = excluded.low_threshold;
  perform keep_back(p_sku);
  insert into unannounced values (p_sku) on conflict do nothing;
end $$;

-- Takes up to p_limit SKUs whose stock changed and gives each its next version. Every writer marks a SKU while it holds the SKU's rows:
-- with those locked first, a mark is cleared only together with the change it stands for.
drop function take_unannounced(integer, integer);
create function take_unannounced(p_limit integer, p_threshold integer)
returns table (sku text, version integer, on_hand bigint, reserved bigint, for_sale bigint, available bigint, threshold integer, fell boolean)
language plpgsql as $$
declare
  skus text[];
begin
  skus := array(select u.sku from unannounced u order by u.sku limit p_limit);
  perform from items i where i.sku = any (skus) order by i.sku for update;
  perform from stock s where s.sku = any (skus) order by s.sku, s.location for update;
  delete from unannounced u where u.sku = any (skus);
  return query
    with now as (
      select f.sku, f.on_hand, f.reserved, f.on_shelf, f.on_shelf + f.to_come as for_sale, f.low as was_low,
        coalesce(f.low_threshold, p_threshold) as threshold
      from stock_for_sale f where f.sku = any (skus)
    )
    update items i set version = i.version + 1, low = now.on_shelf <= now.threshold
    from now where i.sku = now.sku
    returning i.sku, i.version, now.on_hand::bigint, now.reserved::bigint, now.for_sale::bigint, now.on_shelf::bigint, now.threshold,
      now.on_shelf <= now.threshold and not now.was_low;
end $$;

drop view stock_by_sku;
create view stock_by_sku as
  select f.sku, f.low, f.on_hand, f.reserved, f.on_hand - f.reserved as available, f.on_shelf + f.to_come as for_sale,
    f.safety, f.backorder_limit, f.owed, f.low_threshold,
    (select coalesce(json_agg(json_build_object('location', s.location, 'onHand', s.on_hand, 'reserved', s.reserved,
        'available', s.on_hand - s.reserved) order by l.priority, s.location), '[]')
      from stock s join locations l on l.location = s.location where s.sku = f.sku) as locations
  from stock_for_sale f;

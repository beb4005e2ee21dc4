-- Each step of an order's stock is one function called by one prepared statement: no round trip while a row is locked, and a
-- transaction that is as short as its commit. Two rules keep them correct:
--   1. whatever touches an order's reservation first takes that order's lock: the rest is plain reads and writes;
--   2. whatever touches stock locks its rows in the order of SKU and location: no deadlock. Counters are read in a statement after
--      the one that locked them, whose snapshot is younger than the lock. (One statement that locks and updates loses updates.)

create function lock_order(p_order_id uuid) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended(p_order_id::text, 0));
$$;

-- Books one kind of movement for everything that is allocated, in the order of the allocations.
create function move_stock(p_kind text, p_order_id uuid, p_allocations allocation[], p_at timestamptz)
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
    select sku, location, p_kind, quantity, p_order_id, p_at from unnest(p_allocations);
  -- In order, for the same reason: two orders may mark the same SKUs while they hold different locations.
  insert into unannounced select distinct sku from unnest(p_allocations) order by sku on conflict do nothing;
end $$;

-- Takes the summed demand from the locations in the order of their priority, or nothing at all when any SKU is short.
-- Returns one of the two: what was taken, or [{sku, requested, available}].
create function take_stock(
  p_order_id uuid, p_skus text[], p_quantities integer[], p_at timestamptz, out taken allocation[], out short jsonb
) language plpgsql as $$
begin
  perform from stock where sku = any (p_skus) order by sku, location for update;

  with demand as (
    select sku collate "C" as sku, sum(quantity)::integer as wanted
    from unnest(p_skus, p_quantities) as d (sku, quantity) group by 1
  ), shelf as (
    select s.sku, s.location, s.on_hand - s.reserved as free,
      sum(s.on_hand - s.reserved) over (partition by s.sku order by l.priority, s.location) as up_to_here
    from stock s join locations l using (location)
    where s.sku = any (p_skus) and s.on_hand > s.reserved
  ), found as (
    select sku, wanted, coalesce((select max(up_to_here) from shelf where shelf.sku = demand.sku), 0) as available from demand
  )
  select
    (select jsonb_agg(jsonb_build_object('sku', sku, 'requested', wanted, 'available', available) order by sku)
       from found where available < wanted),
    (select array_agg((sku, location, least(free, wanted - (up_to_here - free))::integer)::allocation order by sku, location)
       from shelf join demand using (sku) where up_to_here - free < wanted)
  into short, taken;

  if short is null then
    perform move_stock('reserve', p_order_id, taken, p_at);
  else
    taken := null;
  end if;
end $$;

-- Takes again what had lapsed.
create function retake_stock(p_reservation reservations, p_at timestamptz, out taken allocation[], out short jsonb)
language sql as $$
  select t.taken, t.short from take_stock(
    p_reservation.order_id,
    (select array_agg(sku) from unnest(p_reservation.allocations)),
    (select array_agg(quantity) from unnest(p_reservation.allocations)),
    p_at) t;
$$;

create function same_demand(p_allocations allocation[], p_skus text[], p_quantities integer[]) returns boolean language sql as $$
  select not exists (
    select from (select sku, sum(quantity) as quantity from unnest(p_allocations) group by sku) a
    full join (select sku collate "C" as sku, sum(quantity) as quantity from unnest(p_skus, p_quantities) as d (sku, quantity) group by 1) d
      using (sku)
    where a.quantity is distinct from d.quantity);
$$;

-- outcome: held, committed (both: answer the reservation), released, differs, short. p_expires_at null: never lapses by itself.
create function reserve(
  p_order_id uuid, p_skus text[], p_quantities integer[], p_at timestamptz, p_expires_at timestamptz,
  out outcome text, out expires_at timestamptz, out short jsonb
) language plpgsql as $$
declare
  r reservations;
  taken allocation[];
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.status = 'released' then
    outcome := 'released';
  elsif r.order_id is not null and not same_demand(r.allocations, p_skus, p_quantities) then
    outcome := 'differs';
  elsif r.status in ('held', 'committed') then
    outcome := r.status;
    expires_at := r.expires_at;
  else
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
  end if;
end $$;

-- outcome: held, committed, released, unknown, short. Never shortens a hold; what never lapses stays so.
create function extend_reservation(
  p_order_id uuid, p_at timestamptz, p_expires_at timestamptz,
  out outcome text, out expires_at timestamptz, out short jsonb
) language plpgsql as $$
declare
  r reservations;
  taken allocation[];
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  outcome := coalesce(r.status, 'unknown');
  if r.status = 'held' then
    expires_at := case when r.expires_at is null or p_expires_at is null then null else greatest(r.expires_at, p_expires_at) end;
    update reservations set expires_at = extend_reservation.expires_at, updated_at = p_at where order_id = p_order_id;
  elsif r.status = 'expired' then
    select t.taken, t.short into taken, short from retake_stock(r, p_at) t;
    outcome := case when short is null then 'held' else 'short' end;
    if short is null then
      expires_at := p_expires_at;
      update reservations set status = 'held', allocations = taken, expires_at = p_expires_at, updated_at = p_at
      where order_id = p_order_id;
    end if;
  end if;
end $$;

-- outcome: committed, released, unknown, short.
create function commit_reservation(p_order_id uuid, p_at timestamptz, out outcome text, out short jsonb) language plpgsql as $$
declare
  r reservations;
  sold allocation[];
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  outcome := coalesce(r.status, 'unknown');
  if outcome not in ('held', 'expired') then return; end if;

  sold := r.allocations;
  if r.status = 'expired' then
    select t.taken, t.short into sold, short from retake_stock(r, p_at) t;
    if short is not null then
      outcome := 'short';
      return;
    end if;
  end if;
  perform move_stock('sale', p_order_id, sold, p_at);
  update reservations set status = 'committed', allocations = sold, expires_at = null, updated_at = p_at where order_id = p_order_id;
  outcome := 'committed';
end $$;

-- Leaves a tombstone for an order it never heard of: a reserve that comes late must not hold stock nobody will release.
-- Returns what the reservation was before; 'committed' is refused and nothing has changed.
create function release_reservation(p_order_id uuid, p_at timestamptz) returns text language plpgsql as $$
declare
  r reservations;
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.order_id is null then
    insert into reservations (order_id, status, allocations, created_at, updated_at) values (p_order_id, 'released', '{}', p_at, p_at);
  elsif r.status in ('held', 'expired') then
    if r.status = 'held' then
      perform move_stock('release', p_order_id, r.allocations, p_at);
    end if;
    update reservations set status = 'released', expires_at = null, updated_at = p_at where order_id = p_order_id;
  end if;
  return coalesce(r.status, 'unknown');
end $$;

-- What is held is sold first, so that the commit which is still under way finds what it expects.
create function restock(p_order_id uuid, p_at timestamptz) returns void language plpgsql as $$
declare
  r reservations;
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.status = 'held' then
    perform move_stock('sale', p_order_id, r.allocations, p_at);
  elsif r.status is distinct from 'committed' then
    perform release_reservation(p_order_id, p_at);
    return;
  end if;
  if not r.restocked then
    perform move_stock('return', p_order_id, r.allocations, p_at);
    update reservations set status = 'committed', expires_at = null, restocked = true, updated_at = p_at where order_id = p_order_id;
  end if;
end $$;

-- Ends the hold that lapsed first; no row when none has. One at a time: several orders' rows would be locked out of order.
create function expire_next(p_at timestamptz) returns table (order_id uuid, lapses integer) language plpgsql as $$
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
  perform move_stock('release', r.order_id, r.allocations, p_at);
  return query
    update reservations v set status = 'expired', expires_at = null, lapses = v.lapses + 1, updated_at = p_at
    where v.order_id = r.order_id returning v.order_id, v.lapses;
end $$;

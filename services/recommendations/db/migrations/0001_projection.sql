-- What recommendations know of products and purchases, folded from the events of products, inventory and orders. Every row belongs to a
-- generation: one is live, and another may be built beside it from the others' histories; events go into both, so that it can take over at
-- any moment. (As in search. Each service owns its projection; a third copy would be the moment to share it.)
--
-- Nothing here depends on the order in which things arrive. Products and stock keep what has the higher version, sales are a set of
-- orders, and a cancellation stays known even when it comes before its sale.
create table generations (
  generation integer primary key check (generation > 0),
  state      text not null check (state in ('building', 'live', 'retired')),
  begun_at   timestamptz not null,
  live_at    timestamptz,
  check ((state = 'building') = (live_at is null))
);
create unique index generations_live on generations (state) where state = 'live';
create unique index generations_building on generations (state) where state = 'building';

-- How far a generation has been built from each history. `after` is where the next page begins; null at the beginning.
create table builds (
  generation integer not null references generations,
  history    text not null check (history in ('products', 'stock', 'sales')),
  after      text,
  told       bigint not null default 0,
  done       boolean not null default false,
  primary key (generation, history)
);

-- Writers take turns (lock_projection), so revisions become visible in their order: who has read up to one has read all below it.
create sequence revisions;

create table products (
  generation integer not null references generations,
  product_id uuid not null,
  version    integer not null,
  active     boolean not null,
  skus       text[] collate "C" not null,
  -- As products told it.
  document   json not null,
  -- When the document last changed, and when anything did that is shown of the product: its stock, its sales.
  told       bigint not null,
  revision   bigint not null,
  primary key (generation, product_id)
);
create index products_revision on products (generation, revision);

-- A SKU that moves from one product to another may for a moment belong to both: their events come in any order.
create table variants (
  generation integer not null,
  sku        text collate "C" not null,
  product_id uuid not null,
  primary key (generation, sku, product_id)
);
create index variants_product on variants (generation, product_id);

-- Also of SKUs that no product has yet.
create table stock (
  generation integer not null references generations,
  sku        text collate "C" not null,
  available  integer not null,
  sequence   bigint not null,
  primary key (generation, sku)
) with (fillfactor = 80);

-- Orders that were confirmed: what is learned from, in the order of `told`, and taken back in the order of `cancelled`: both are revisions.
-- One that was cancelled before it came has no time and no lines, and is never learned.
create table sales (
  generation integer not null references generations,
  order_id   uuid not null,
  at         timestamptz,
  -- [{ sku, quantity }], in the order of the cart.
  lines      json not null default '[]',
  told       bigint,
  cancelled  bigint,
  primary key (generation, order_id),
  check ((at is null) = (told is null)),
  check (told is not null or cancelled is not null)
);
create index sales_told on sales (generation, told);
create index sales_cancelled on sales (generation, cancelled) where cancelled is not null;

create function lock_projection() returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('recommendations projection', 0));
$$;

-- Those that take what is told now, or only the one that is named.
create function growing_generations(only_generation integer) returns setof integer language sql stable as $$
  select generation from generations where state <> 'retired' and (only_generation is null or generation = only_generation);
$$;

-- told: [{ productId, version, status, variants: [{ sku, … }], … }], each product once.
create function put_products(told json, only_generation integer) returns void language plpgsql as $$
begin
  perform lock_projection();
  with news as materialized (
    select (p ->> 'productId')::uuid as product_id, (p ->> 'version')::integer as version, p ->> 'status' = 'active' as active, p as document,
      array(select v.value ->> 'sku' from json_array_elements(p -> 'variants') with ordinality v order by v.ordinality) as skus
    from json_array_elements(told) p
  ), put as (
    insert into products as known (generation, product_id, version, active, skus, document, told, revision)
    select g, n.product_id, n.version, n.active, n.skus, n.document, nextval('revisions'), nextval('revisions')
    from growing_generations(only_generation) g cross join news n
    on conflict (generation, product_id) do update
      set version = excluded.version, active = excluded.active, skus = excluded.skus, document = excluded.document,
        told = excluded.told, revision = excluded.revision
      where known.version < excluded.version
    returning generation, product_id, skus
  ), gone as (
    delete from variants v using put
    where v.generation = put.generation and v.product_id = put.product_id and v.sku <> all (put.skus)
  )
  insert into variants (generation, sku, product_id)
    select put.generation, sku, put.product_id from put cross join unnest(put.skus) sku on conflict do nothing;
end $$;

-- told: [{ sku, available, sequence }], each SKU once.
create function put_stock(told json, only_generation integer) returns void language plpgsql as $$
begin
  perform lock_projection();
  with put as (
    insert into stock as known (generation, sku, available, sequence)
    select g, n.sku, n.available, n.sequence
    from growing_generations(only_generation) g
      cross join json_to_recordset(told) as n (sku text, available integer, sequence bigint)
    on conflict (generation, sku) do update set available = excluded.available, sequence = excluded.sequence
      where known.sequence < excluded.sequence
    returning generation, sku
  )
  update products p set revision = nextval('revisions')
  from put join variants v using (generation, sku)
  where p.generation = v.generation and p.product_id = v.product_id;
end $$;

-- told: [{ orderId, at, lines: [{ sku, quantity }] }], each order once.
create function put_sales(told json, only_generation integer) returns void language plpgsql as $$
begin
  perform lock_projection();
  insert into sales (generation, order_id, at, lines, told)
  select g, (s ->> 'orderId')::uuid, (s ->> 'at')::timestamptz, s -> 'lines', nextval('revisions')
  from growing_generations(only_generation) g cross join json_array_elements(put_sales.told) s
  on conflict do nothing;
end $$;

create function cancel_sale(p_order_id uuid) returns void language plpgsql as $$
begin
  perform lock_projection();
  insert into sales (generation, order_id, cancelled)
  select g, p_order_id, nextval('revisions') from growing_generations(null) g
  on conflict (generation, order_id) do update set cancelled = excluded.cancelled where sales.cancelled is null;
end $$;

-- The generation that is being built: the one that was begun already, or a new one.
create function begin_generation(at timestamptz) returns integer language plpgsql as $$
declare
  begun integer;
begin
  perform lock_projection();
  select generation into begun from generations where state = 'building';
  if begun is null then
    insert into generations (generation, state, begun_at)
      select coalesce(max(generation), 0) + 1, 'building', at from generations returning generation into begun;
    insert into builds (generation, history) select begun, unnest(array['products', 'stock', 'sales']);
  end if;
  return begun;
end $$;

-- The one that was built takes over from the live one, for everybody at once.
create function publish_generation(built integer, at timestamptz) returns void language plpgsql as $$
begin
  perform lock_projection();
  update generations set state = 'retired' where state = 'live';
  update generations set state = 'live', live_at = at where generation = built;
end $$;

-- Deletes some rows of generations that nobody reads any more: none, as long as the live one took over after `quiet_since`. Returns how
-- many; the generations themselves go last.
create function delete_retired(quiet_since timestamptz, at_most integer) returns integer language plpgsql as $$
declare
  old integer;
  deleted integer := 0;
  n integer;
  name text;
begin
  select generation into old from generations
  where state = 'retired' and not exists (select from generations where state = 'live' and live_at > quiet_since)
  order by generation limit 1;
  if old is null then
    return 0;
  end if;
  foreach name in array array['variants', 'products', 'stock', 'sales'] loop
    execute format('delete from %1$I where ctid = any (array(select ctid from %1$I where generation = $1 limit $2))', name)
      using old, at_most - deleted;
    get diagnostics n = row_count;
    deleted := deleted + n;
    if deleted >= at_most then
      return deleted;
    end if;
  end loop;
  delete from builds where generation = old;
  delete from generations where generation = old;
  return deleted + 1;
end $$;

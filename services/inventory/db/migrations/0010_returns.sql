-- What came back of orders that were delivered: each return is booked once.
create table returned (
  return_id uuid primary key,
  order_id  uuid not null,
  at        timestamptz not null
);
create index returned_of_order on returned (order_id);

-- Puts what came back where the order took it from. What is damaged of it comes back too and is written off at once, so that the
-- journal says where it went. outcome: done, before (booked already), unknown (the order was never sold anything).
create function take_back(
  p_return_id uuid, p_order_id uuid, p_skus text[], p_quantities integer[], p_damaged integer[], p_at timestamptz
) returns text language plpgsql as $$
declare
  r reservations;
  back allocation[];
  line record;
begin
  perform lock_order(p_order_id);
  perform from returned where return_id = p_return_id;
  if found then return 'before'; end if;
  select * into r from reservations where order_id = p_order_id;
  if r.status is distinct from 'committed' then return 'unknown'; end if;

  insert into returned (return_id, order_id, at) values (p_return_id, p_order_id, p_at);
  perform from stock where sku = any (p_skus) order by sku, location for update;
  select array_agg((d.sku, a.location, d.quantity)::allocation order by d.sku) into back
    from unnest(p_skus, p_quantities) as d (sku, quantity)
    join (select sku, min(location) as location from unnest(r.allocations) where location is not null group by sku) a on a.sku = d.sku;
  if back is null or cardinality(back) < cardinality(p_skus) then
    raise exception 'return % holds what order % was never sold', p_return_id, p_order_id;
  end if;
  perform move_stock('return', p_order_id, back, p_at);

  for line in
    select b.sku, b.location, d.damaged from unnest(back) b join unnest(p_skus, p_damaged) as d (sku, damaged) on d.sku = b.sku
    where d.damaged > 0
  loop
    update stock set on_hand = on_hand - line.damaged where sku = line.sku and location = line.location;
    insert into movements (sku, location, kind, quantity, reason, at)
      values (line.sku, line.location, 'adjustment', -line.damaged, 'written off: return ' || p_return_id, p_at);
  end loop;
  return 'done';
end $$;

-- Nearly every order finds all that it wants at the first location. That case is settled while the rows are being locked (FOR UPDATE
-- answers with what a row holds once it is ours), for a third of what the general answer costs.
create or replace function take_stock(
  p_order_id uuid, p_skus text[], p_quantities integer[], p_at timestamptz, out taken allocation[], out short jsonb
) language plpgsql as $$
declare
  first_location constant text := (select location from locations order by priority, location limit 1);
  first_has_all boolean := true;
  first_has boolean;
  line record;
  place record;
begin
  for line in
    select sku collate "C" as sku, sum(quantity)::integer as wanted
    from unnest(p_skus, p_quantities) as d (sku, quantity) group by 1 order by 1
  loop
    first_has := false;
    for place in select location, on_hand - reserved as free from stock where sku = line.sku order by location for update loop
      first_has := first_has or (place.location = first_location and place.free >= line.wanted);
    end loop;
    first_has_all := first_has_all and first_has;
    taken := taken || (line.sku, first_location, line.wanted)::allocation;
  end loop;

  if not first_has_all then
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
  end if;

  if short is null then
    perform move_stock('reserve', p_order_id, taken, p_at);
  else
    taken := null;
  end if;
end $$;

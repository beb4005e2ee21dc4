-- Receipts and adjustments may bring rows that are new and cannot be locked yet: they take the item first, as announce does.
-- outcome: done, no location, unknown (an adjustment of what was never received), too large, full.
create function book_stock(
  p_kind text, p_sku text, p_location text, p_quantity integer, p_reason text, p_actor text, p_at timestamptz,
  out outcome text, out available integer
) language plpgsql as $$
declare
  s stock;
begin
  if not exists (select from locations where location = p_location) then
    outcome := 'no location';
    return;
  end if;
  if p_kind = 'receipt' then
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
      insert into stock (sku, location, on_hand) values (p_sku, p_location, p_quantity);
    end if;
    insert into movements (sku, location, kind, quantity, reason, actor, at)
      values (p_sku, p_location, p_kind, p_quantity, p_reason, p_actor, p_at);
    insert into unannounced values (p_sku) on conflict do nothing;
    outcome := 'done';
  end if;
end $$;

-- Takes up to p_limit SKUs whose stock changed and gives each its next version. Every writer marks a SKU while it holds the SKU's rows:
-- with those locked first, a mark is cleared only together with the change it stands for.
create function take_unannounced(p_limit integer, p_threshold integer)
returns table (sku text, version integer, on_hand bigint, reserved bigint, fell boolean) language plpgsql as $$
declare
  skus text[];
begin
  skus := array(select u.sku from unannounced u order by u.sku limit p_limit);
  perform from items i where i.sku = any (skus) order by i.sku for update;
  perform from stock s where s.sku = any (skus) order by s.sku, s.location for update;
  delete from unannounced u where u.sku = any (skus);
  return query
    with now as (
      select s.sku, sum(s.on_hand) as on_hand, sum(s.reserved) as reserved, sum(s.on_hand - s.reserved) <= p_threshold as low
      from stock s where s.sku = any (skus) group by s.sku
    ), before as (select i.sku, i.low from items i where i.sku = any (skus))
    update items i set version = i.version + 1, low = now.low
    from now join before using (sku)
    where i.sku = now.sku
    returning i.sku, i.version, now.on_hand, now.reserved, now.low and not before.low;
end $$;

create view stock_by_sku as
  select i.sku, i.low, sum(s.on_hand) as on_hand, sum(s.reserved) as reserved, sum(s.on_hand - s.reserved) as available,
    json_agg(json_build_object('location', s.location, 'onHand', s.on_hand, 'reserved', s.reserved, 'available', s.on_hand - s.reserved)
      order by l.priority, s.location) as locations
  from items i join stock s using (sku) join locations l using (location) group by i.sku;

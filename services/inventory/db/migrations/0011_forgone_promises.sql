-- The rest of an order may be cancelled after some of it was sent: what it was promised and has not come is let go of. The allocations stay, so
-- that they still say what was asked for.
alter table reservations add column forgone boolean not null default false;

-- Lets go of what a sold order was promised and has not come. outcome: done, with what that was (null: nothing), however often it is asked;
-- `unknown` (the order was never sold anything).
create function forgo_promise(p_order_id uuid, p_at timestamptz, out outcome text, out forgone jsonb) language plpgsql as $$
declare
  r reservations;
begin
  perform lock_order(p_order_id);
  select * into r from reservations where order_id = p_order_id;
  if r.status is distinct from 'committed' then
    outcome := 'unknown';
    return;
  end if;
  outcome := 'done';
  forgone := promised(r.allocations);
  if r.forgone or r.restocked or forgone is null then return; end if;
  perform lock_stock(r.allocations);
  perform forget_promise(p_order_id);
  update reservations set forgone = true, updated_at = p_at where order_id = p_order_id;
  -- More can be promised to others.
  insert into unannounced select distinct sku from unnest(r.allocations) where location is null order by sku on conflict do nothing;
end $$;

-- There are few; the reconciliation asks for them in each run.
create index orders_claimed on orders (placed_at) where claim > 0;

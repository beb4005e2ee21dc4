-- What has left, was never paid because the card had let go of the money, and is not written off: minor units.
alter table orders add column claim bigint not null default 0;

alter table differences drop constraint differences_kind_check;
alter table differences add constraint differences_kind_check
  check (kind in ('unfinished', 'money_in_flight', 'payment_without_order', 'order_without_payment', 'refund_owed', 'amount_differs',
                  'reservation_without_order', 'order_without_stock', 'claim_open'));

-- Until now only parcels said how they travel, and an order whose goods have all yet to come has none.
alter table consignments add column pickup boolean not null default false;
update consignments set pickup = true where order_id in (select order_id from shipments where method = 'pickup');

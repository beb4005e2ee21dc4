-- Units of an order that are not in stock yet, and not in a parcel: until they have come it is not forgotten where the order goes.
alter table consignments add column awaited integer not null default 0 check (awaited >= 0);

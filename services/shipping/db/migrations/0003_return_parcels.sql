-- What customers send back: a label each, and where the parcel is. Who sends it is in `consignments`, and nowhere else.
create table return_parcels (
  return_id       uuid primary key,
  order_id        uuid not null,
  tracking_number text not null unique,
  -- The unguessable part of the label's address.
  code            text not null unique,
  lines           jsonb not null,
  valid_until     timestamptz not null,
  status          text not null check (status in ('created', 'dispatched', 'in_transit', 'delivered', 'lost')),
  -- What it went through: [{ status, at }], oldest first.
  events          jsonb not null
);

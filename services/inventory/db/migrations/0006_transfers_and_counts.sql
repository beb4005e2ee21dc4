-- Goods on their way: they left one place and are not at the other. The movements say so too: what went out and did not come in.
create table transfers (
  transfer_id   uuid primary key,
  from_location text collate "C" not null references locations,
  to_location   text collate "C" not null references locations,
  status        text not null check (status in ('in_transit', 'received')),
  note          text,
  actor         text not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  check (from_location <> to_location)
);
create index transfers_newest on transfers (created_at desc, transfer_id desc);

create table transfer_lines (
  transfer_id uuid not null references transfers,
  sku         text collate "C" not null,
  quantity    integer not null check (quantity > 0),
  received    integer not null default 0 check (received >= 0),
  -- Will not arrive.
  lost        integer not null default 0 check (lost >= 0),
  primary key (transfer_id, sku),
  check (received + lost <= quantity)
);

create table stock_takes (
  stock_take_id  uuid primary key,
  location       text collate "C" not null references locations,
  status         text not null check (status in ('open', 'closed', 'cancelled')),
  note           text,
  -- A movement up to this one was booked before anything was counted.
  first_movement bigint not null,
  opened_by      text not null,
  opened_at      timestamptz not null,
  closed_at      timestamptz
);
create index stock_takes_newest on stock_takes (opened_at desc, stock_take_id desc);

create table counts (
  stock_take_id uuid not null references stock_takes,
  sku           text collate "C" not null,
  counted       integer not null check (counted >= 0),
  counted_at    timestamptz not null,
  -- What the books said at `counted_at`. What was sold since changes neither this nor the difference.
  expected      integer not null,
  -- Whether the difference is in the books.
  booked        boolean not null default false,
  -- Why it could not be.
  refused       text,
  primary key (stock_take_id, sku)
);
create index counts_to_book on counts (stock_take_id, sku) where not booked;

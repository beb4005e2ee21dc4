-- Who is written to about an order: learned from the order's own events.
create table contacts (
  order_id uuid primary key,
  number   text not null,
  email    text not null
);

-- One message per (event, template, recipient).
create table deliveries (
  delivery_id uuid primary key,
  event_id    uuid not null,
  template    text not null,
  recipient   text not null,
  facts       jsonb not null,
  status      text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  attempts    integer not null default 0,
  due_at      timestamptz not null,
  created_at  timestamptz not null,
  sent_at     timestamptz,
  unique (event_id, template, recipient)
);
create index deliveries_due on deliveries (due_at) where status = 'pending';
create index deliveries_newest on deliveries (created_at desc, delivery_id);
create index deliveries_recipient on deliveries (recipient, created_at desc);

-- What the built-in SMTP server took.
create table sink (
  mail_id     uuid primary key,
  recipient   text not null,
  subject     text not null,
  text        text not null,
  message_id  text not null,
  received_at timestamptz not null
);
create index sink_newest on sink (received_at desc, mail_id);
create index sink_recipient on sink (recipient, received_at desc);

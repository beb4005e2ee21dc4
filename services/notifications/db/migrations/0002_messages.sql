-- Who is written to leaves the clear: what is personal is sealed under the person's own key (chassis.person_keys), an address is
-- found by a keyed digest. The columns of before are emptied at the next start, which has the keys, and stay empty.
alter table contacts
  alter number drop not null,
  alter email drop not null,
  add person         text,
  add user_id        uuid,
  add address_digest bytea,
  -- { number, email, titles }; null once the person was erased.
  add sealed         bytea,
  add locale         text not null default 'en' check (locale in ('en', 'de'));
create index contacts_in_the_clear on contacts (order_id) where email is not null;
create index contacts_of_user on contacts (user_id) where user_id is not null;
create index contacts_of_address on contacts (address_digest) where address_digest is not null;

alter table deliveries
  drop constraint deliveries_event_id_template_recipient_key,
  drop constraint deliveries_status_check,
  alter recipient drop not null,
  alter facts drop not null,
  add channel       text not null default 'email' check (channel in ('email', 'sms')),
  add locale        text not null default 'en' check (locale in ('en', 'de')),
  add person        text,
  add user_id       uuid,
  -- A keyed digest of the address or number; of the letter until it is known whom it is for; null once the person was erased.
  add recipient_key bytea,
  -- { recipient, facts }
  add sealed        bytea,
  add letter_id     uuid,
  -- suppressed: decided, and then not sent, because the person was erased, did not want it, or the letter was over.
  add check (status in ('pending', 'sent', 'failed', 'suppressed'));
drop index deliveries_recipient;
-- One message per (event, template, recipient).
create unique index deliveries_once on deliveries (event_id, template, channel, recipient_key);
create index deliveries_in_the_clear on deliveries (delivery_id) where recipient is not null;
create index deliveries_to on deliveries (recipient_key, created_at desc) where recipient_key is not null;
create index deliveries_of_user on deliveries (user_id) where user_id is not null;

-- For development only, and so in the clear; forgotten with the person.
alter table sink
  add channel          text not null default 'email',
  add html             text not null default '',
  add recipient_digest bytea;
create index sink_of_address on sink (recipient_digest) where recipient_digest is not null;

-- What language somebody with an account reads.
create table people (
  user_id  uuid primary key,
  locale   text not null check (locale in ('en', 'de')),
  sequence bigint not null
);

-- What somebody wants to be told of what they may do without. `subject` as in chassis.person_keys.
create table preferences (
  subject    text not null,
  category   text not null,
  wanted     boolean not null,
  changed_at timestamptz not null,
  primary key (subject, category)
);
-- Who wants text messages, and where.
create table phones (
  user_id uuid primary key,
  sealed  bytea not null
);

-- Addresses and names leave the clear: an address is found by a keyed digest, and what is personal is sealed under the person's
-- own key (chassis.person_keys). `email` and `name` are emptied at the next start, which has the keys, and stay empty.
alter table users
  drop constraint users_email_key,
  alter email drop not null,
  alter name drop not null,
  alter password_hash drop not null,
  add sealed       bytea,
  add email_digest bytea,
  add verified_at  timestamptz,
  add locale       text not null default 'en' check (locale in ('en', 'de')),
  add groups       text[] not null default '{}',
  -- Somebody else proved that the address is theirs. Erased after a while.
  add displaced_at timestamptz,
  add erased_at    timestamptz;
create index users_in_the_clear on users (user_id) where email is not null;
-- One account per address that was proved; whoever merely claims one has an account of their own beside it.
create unique index users_verified_address on users (email_digest) where verified_at is not null;
create index users_by_address on users (email_digest, created_at) where email_digest is not null;
create index users_newest on users (created_at desc, user_id) where erased_at is null;
create index users_displaced on users (displaced_at) where displaced_at is not null and erased_at is null;
create index users_staff on users using gin (roles) where roles <> '{customer}';
create index users_in_groups on users using gin (groups) where groups <> '{}';

alter table sessions
  -- The address and the program that last used it.
  add sealed        bytea,
  add second_factor boolean not null default false;

create table addresses (
  address_id       uuid primary key,
  user_id          uuid not null references users,
  sealed           bytea not null,
  default_shipping boolean not null,
  default_billing  boolean not null,
  created_at       timestamptz not null
);
create index addresses_of_user on addresses (user_id, created_at);
create unique index addresses_default_shipping on addresses (user_id) where default_shipping;
create unique index addresses_default_billing on addresses (user_id) where default_billing;

-- What is written to people about their account. The token in a letter is derived from its id: only its hash is kept.
create table letters (
  letter_id    uuid primary key,
  kind         text not null,
  -- Null until it is known whose it is: a reset is asked for by address, whether or not anybody has it.
  user_id      uuid references users,
  email_digest bytea,
  -- An address that is not (any more) the account's own, and what counts once it is proved.
  sealed       bytea,
  token_hash   bytea unique,
  created_at   timestamptz not null,
  expires_at   timestamptz not null,
  used_at      timestamptz
);
create index letters_of_user on letters (user_id, kind);
create index letters_expired on letters (expires_at);

-- How often something was tried. Lost in a crash, which is no harm.
create unlogged table attempts (
  key       bytea primary key,
  count     integer not null,
  resets_at timestamptz not null
);
create index attempts_over on attempts (resets_at);

-- Where people have signed in from: strangers who try their address elsewhere do not shut them out there.
create table known_callers (
  email_digest  bytea not null,
  caller_digest bytea not null,
  last_at       timestamptz not null,
  primary key (email_digest, caller_digest)
);
create index known_callers_oldest on known_callers (last_at);

create table second_factors (
  user_id      uuid primary key references users,
  sealed       bytea not null,
  created_at   timestamptz not null,
  confirmed_at timestamptz,
  -- The time step of the last code that was taken: none counts twice.
  last_step    bigint not null default 0
);
create table recovery_codes (
  user_id   uuid not null references users,
  code_hash bytea not null,
  used_at   timestamptz,
  primary key (user_id, code_hash)
);

create table customer_groups (
  code text primary key,
  name text not null
);

create table api_keys (
  key_id         text primary key,
  owner_id       uuid not null references users,
  name           text not null,
  scopes         text[] not null,
  secret_hash    bytea not null,
  -- The key before the last rotation, for as long as it works.
  previous_hash  bytea,
  previous_until timestamptz,
  created_at     timestamptz not null,
  expires_at     timestamptz,
  last_used_at   timestamptz
);
create index api_keys_of_owner on api_keys (owner_id, created_at desc);

-- Who changed what about whom. Ids only.
create table audit (
  audit_id   uuid primary key,
  at         timestamptz not null,
  actor_id   text not null,
  action     text not null,
  subject_id uuid not null,
  detail     jsonb not null
);
create index audit_newest on audit (at desc, audit_id);
create index audit_of_subject on audit (subject_id, at desc);

create table erasures (
  erasure_id   uuid primary key,
  user_id      uuid not null unique references users,
  receipt_hash bytea not null,
  requested_at timestamptz not null,
  completed_at timestamptz
);
create index erasures_newest on erasures (requested_at desc, erasure_id);
create table erasure_answers (
  erasure_id  uuid not null references erasures,
  service     text not null,
  state       text not null check (state in ('pending', 'waiting', 'done')),
  erased      jsonb not null default '{}',
  waiting_for text,
  at          timestamptz,
  primary key (erasure_id, service)
);

-- What services answer to "all that you keep about them": sealed again under the person's key, for an hour.
create table exports (
  export_id    uuid primary key,
  user_id      uuid not null references users,
  public_key   text not null,
  sealed_key   bytea not null,
  requested_at timestamptz not null,
  services     text[] not null
);
create index exports_of_user on exports (user_id, requested_at desc);
create index exports_oldest on exports (requested_at);
create table export_parts (
  export_id uuid not null references exports on delete cascade,
  service   text not null,
  part      integer not null,
  parts     integer not null,
  envelope  text not null,
  primary key (export_id, service, part)
);

-- The key under which what the service keeps about a person is sealed, itself wrapped in the service's key. Without `wrapped` the
-- person was erased: the row stays, so that what comes late is not kept.
create table chassis.person_keys (
  person       text primary key,
  wrapped      bytea,
  destroyed_at timestamptz,
  check ((wrapped is null) = (destroyed_at is not null))
);

-- What this service was asked to erase, and how far it is.
create table chassis.erasures (
  erasure_id      uuid primary key,
  user_id         uuid not null,
  address_digests text[] not null,
  requested_at    timestamptz not null,
  -- How often the asking service was answered: the sequence of the last answer.
  told            integer not null,
  done_at         timestamptz
);
create index erasures_waiting on chassis.erasures (requested_at) where done_at is null;

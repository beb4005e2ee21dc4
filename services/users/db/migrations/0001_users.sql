create table users (
  user_id       uuid primary key,
  email         text not null unique,
  name          text not null,
  password_hash text not null,
  roles         text[] not null,
  -- Events published so far: the sequence of the last one.
  version       integer not null,
  created_at    timestamptz not null
);

create table sessions (
  session_id   uuid primary key,
  user_id      uuid not null references users,
  created_at   timestamptz not null,
  last_used_at timestamptz not null,
  expires_at   timestamptz not null,
  revoked_at   timestamptz
);
create index sessions_of_user on sessions (user_id, created_at desc);
create index sessions_revoked on sessions (revoked_at) where revoked_at is not null;
create index sessions_expired on sessions (expires_at);

-- Every refresh token of a session, used ones too: that is how a stolen one is noticed.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  used_at    timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Machines that sign in with OAuth 2.0 client credentials. Their secrets are long and random: SHA-256 is enough.
create table clients (
  client_id   text primary key,
  secret_hash bytea not null,
  roles       text[] not null
);

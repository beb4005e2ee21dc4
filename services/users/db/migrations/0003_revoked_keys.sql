-- API keys that were removed while tokens of theirs may still live: the gateway refuses those.
create table revoked_keys (
  key_id     text primary key,
  revoked_at timestamptz not null
);

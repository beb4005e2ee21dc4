create table notes (
  id uuid primary key,
  text text not null,
  echoes integer not null default 0,
  stamped boolean not null default false
);

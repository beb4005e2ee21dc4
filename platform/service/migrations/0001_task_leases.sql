create schema if not exists chassis;

-- Which replica runs each of the service's periodic tasks. A lease that is not renewed lapses, and another replica takes it.
create table chassis.task_leases (
  task text primary key,
  holder text not null,
  expires_at timestamptz not null
);

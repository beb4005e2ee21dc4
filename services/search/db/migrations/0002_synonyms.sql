-- What merchandisers say that shoppers mean. Belongs to no generation: nobody else could tell it again.
create table synonyms (
  -- As it was typed first; `phrase` is what it is known again by: folded, single blanks.
  phrase     text collate "C" primary key,
  means      text[] not null check (cardinality(means) > 0),
  -- Whether whoever looks for one of `means` finds the phrase too.
  both_ways  boolean not null,
  updated_at timestamptz not null
);

-- Grows with every change, so that all replicas notice. One row.
create table synonyms_revision (
  singleton boolean primary key default true check (singleton),
  revision  bigint not null default 0
);
insert into synonyms_revision default values;
create function note_synonyms() returns trigger language plpgsql as $$
begin
  update synonyms_revision set revision = revision + 1;
  return null;
end $$;
create trigger synonyms_changed after insert or update or delete on synonyms for each statement execute function note_synonyms();

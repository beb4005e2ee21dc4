create table chassis.projections (
  name text primary key,
  -- Every event up to here is in the projection's tables.
  position bigint not null default 0
);

-- A rebuild folds into temporary tables of the same names, which hide the real ones in its session, and then moves the rows
-- over. So it needs no right to change structure, readers are not blocked, and a crash leaves nothing behind.

create function chassis.make_shadows(tables text[]) returns void language plpgsql as $$
declare
  name text;
begin
  foreach name in array tables loop
    execute format('create temporary table %1$I (like public.%1$I including all)', name);
  end loop;
end
$$;

create function chassis.stored_columns(name text) returns text language sql stable as $$
  select string_agg(quote_ident(attname), ', ' order by attnum)
  from pg_attribute
  where attrelid = format('public.%I', name)::regclass and attnum > 0 and not attisdropped and attgenerated = ''
$$;

-- Deletes in reverse order and inserts in the given one, for foreign keys between them.
create function chassis.publish_shadows(tables text[]) returns void language plpgsql as $$
declare
  name text;
begin
  for i in reverse cardinality(tables)..1 loop
    execute format('delete from public.%I', tables[i]);
  end loop;
  foreach name in array tables loop
    execute format(
      'insert into public.%1$I (%2$s) overriding system value select %2$s from pg_temp.%1$I',
      name, chassis.stored_columns(name));
  end loop;
end
$$;

-- Rows compare as text: json has no equality.
create function chassis.compare_shadows(tables text[])
returns table (name text, missing bigint, unexpected bigint) language plpgsql as $$
begin
  foreach name in array tables loop
    execute format(
      'with live as (select x::text from (select %2$s from public.%1$I) x),
            fold as (select x::text from (select %2$s from pg_temp.%1$I) x)
       select (select count(*) from (table fold except all table live) m),
              (select count(*) from (table live except all table fold) u)',
      name, chassis.stored_columns(name)) into missing, unexpected;
    return next;
  end loop;
end
$$;

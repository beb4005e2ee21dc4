-- The built-in mail server keeps a mail as it came; it is taken apart when somebody reads it.
alter table sink
  add column raw bytea,
  alter column subject set default '',
  alter column text set default '';

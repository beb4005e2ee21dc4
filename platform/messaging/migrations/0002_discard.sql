alter table chassis.dead_letter_audit drop constraint dead_letter_audit_action_check;
alter table chassis.dead_letter_audit add constraint dead_letter_audit_action_check
  check (action in ('edit', 'dry-run', 'redrive', 'discard'));

-- What names the first request in a problem document, so that a refusal which is rendered later is the same in every replay.
-- Null in rows of before.
alter table chassis.idempotency_keys add column request_id text;

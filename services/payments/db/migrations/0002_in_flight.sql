-- Where looking at our payments, in the order of their ids, for charges that the provider does not know has come to.
alter table reconciliation add column payment_position uuid;
-- Since when money has been where our books do not say it is; null when it is where they say.
alter table differences add column money_since timestamptz;

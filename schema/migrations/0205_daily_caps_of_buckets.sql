-- Origination identities have caps for a day. The provider does not say what is left of one, so we count it ourselves.
alter table ddp.rate_buckets add column daily_left_of date;
comment on column ddp.rate_buckets.daily_left_of is
    'SMS: the day (UTC) that daily_left is of; null: there is no cap, or the provider itself says what is left.';

-- A provider that has stopped the whole account says so once, and nobody asks again until then.

alter table ddp.rate_buckets
    add column stopped_until timestamptz,
    add column stopped_code varchar(50),
    add column stopped_reason text;
comment on column ddp.rate_buckets.stopped_until is 'Until then the provider takes nothing from the account; null: it does.';

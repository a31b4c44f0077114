-- An erasure whose pass found nothing, and that may not end yet, waits for the next hour.
alter table ddp.erasures add column waits_until timestamptz;
comment on column ddp.erasures.waits_until is
    'The next pass begins at this time: the last one found nothing, and something else still holds the person.';

-- How much of its budget of requests each account has used, so that one tenant cannot take the whole API.

-- Unlogged: losing it in a crash fills every budget again, and nothing of a request waits for the log.
-- A row for each minute: while an old snapshot is open, no version of a row can be removed, and a row that lived on would
-- collect one version for each request that its account made since.
create unlogged table ddp.request_budgets (
    account_id uuid not null,
    minute timestamptz not null,
    full_at timestamptz not null,
    primary key (account_id, minute)
) with (fillfactor = 50);
alter table ddp.request_budgets enable row level security;
comment on table ddp.request_budgets is 'What each account has used of its budget of requests; no row: nothing.';
comment on column ddp.request_budgets.account_id is 'The acting account, or the person where none acts.';
comment on column ddp.request_budgets.minute is 'The minute in which the requests of this row were made.';
comment on column ddp.request_budgets.full_at is
    'When the budget would be full again, if the account asked nothing more.';

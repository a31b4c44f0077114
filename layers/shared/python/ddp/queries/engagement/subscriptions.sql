-- name: due
-- Accounts whose platform was not asked for a day; taken, so that nobody else asks meanwhile.
with wanted as (
    insert into ddp.social_subscriptions (account_id, status)
    select a.account_id, 'wanted' from public.social_accounts a
    where a.status = 'active' and a.platform in ('facebook', 'instagram')
        and not exists (select from ddp.social_subscriptions s where s.account_id = a.account_id)
    order by a.account_id
    limit %(limit)s
    on conflict (account_id) do nothing
    returning account_id
), due as (
    select s.account_id from ddp.social_subscriptions s
    join public.social_accounts a on a.account_id = s.account_id and a.status = 'active'
    where s.checked_at is null or s.checked_at < clock_timestamp() - interval '1 day'
    order by s.checked_at nulls first
    limit %(limit)s
    for no key update of s skip locked
), taken as (
    update ddp.social_subscriptions s set checked_at = clock_timestamp() - interval '1 day' + %(lease)s
    from due d
    where s.account_id = d.account_id
    returning s.account_id, s.status
)
select
    t.account_id, t.status, a.platform, a.external_account_id, a.account_kind, a.account_handle, a.access_token_encrypted
from (select account_id, status from taken union all select account_id, 'wanted' from wanted) t
join public.social_accounts a on a.account_id = t.account_id;

-- name: note
-- What the platforms said.
update ddp.social_subscriptions s
set status = v.status, reason = v.reason, checked_at = clock_timestamp()
from jsonb_to_recordset(%(verdicts)s::jsonb) v (account_id uuid, status text, reason text)
where s.account_id = v.account_id;

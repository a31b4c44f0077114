-- Consents to promotional SMS. Row level security shows accounts their own, and administrators all.

-- part: columns
phone_consent_id, owner_user_id, source, wording, given_at, host(ip) as ip, file_id, sms_send_plan_id, recorded_at,
    recorded_by_user_id, ended_at, ended_by

-- name: record
-- Records consents; what became of each, in their order.
select outcome from public.record_phone_consents(%(consents)s, %(file_id)s) order by place;

-- name: withdraw
-- Ends consents of numbers.
select public.withdraw_phone_consents(%(hashes)s::bytea[]) as withdrawn;

-- name: of_phone
-- The consents of one number, the newest first.
select {columns}, owner_user_id = (select ddp.active_user_id()) as is_own
from public.phone_consents_of(%(phone_hash)s);

-- name: list_consents
-- A page of an account's consents. coalesce() is inside of the sub-select, because outside no index would be used before the
-- row's policy.
select {columns} from public.phone_consents
where owner_user_id = (select coalesce(%(owner_user_id)s::uuid, ddp.active_user_id()))
    and (%(is_standing)s::boolean is null or (ended_at is null) = %(is_standing)s)
    and (%(at)s::timestamptz is null or (recorded_at, phone_consent_id) < (%(at)s, %(id)s))
order by recorded_at desc, phone_consent_id desc
limit %(limit)s;

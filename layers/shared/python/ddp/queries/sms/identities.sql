-- What SMS come from. Row level security shows accounts their own and shared ones, and administrators all.

-- part: columns
origination_identity_id, identity, country, kind, message_type, is_type_open, status, is_two_way, manages_opt_outs,
    parts_per_second, daily_cap, opt_out_words, contact, dlt_entity_id, is_shared, assigned_to_user_id, synced_at,
    created_at

-- name: list_identities
-- By country, after the cursor. The table is small and is read whole.
select {columns}
from public.origination_identities
where (%(country)s::text is null or country = %(country)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(message_type)s::text is null or message_type = %(message_type)s)
    and (%(status)s::text is null or status = %(status)s)
    and (
        %(after_country)s::text is null
        or (country, identity, origination_identity_id) > (%(after_country)s, %(after_identity)s, %(after_id)s::uuid)
    )
order by country, identity, origination_identity_id
limit %(limit)s;

-- name: get
-- One identity that the caller may see.
select {columns} from public.origination_identities where origination_identity_id = %(id)s;

-- name: assign
-- Changes whose an identity is, and what only administrators know about it.
select {columns} from public.assign_origination_identity(%(id)s, %(change)s);

-- name: is_admin
-- Whether the caller is an administrator.
select ddp.active_user_type() is not distinct from 'admin' as is_admin;

-- name: begin_sync
-- Whether the account's identities are to be taken over now.
select ddp.begin_identity_sync() as is_due;

-- name: sync
-- Takes over what the provider lists.
select * from public.sync_origination_identities(%(identities)s);

-- name: keep_buckets
-- Keeps the rates of origination identities, and gives each day its daily caps anew.
select ddp.keep_sms_buckets();

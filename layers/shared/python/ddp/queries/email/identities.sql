-- name: claim
select * from public.create_sender_identity(%(identity)s);

-- name: list_identities
select * from public.sender_identities
order by created_by_user_id = (select auth.uid()) desc, identity
limit 500;

-- name: get
select * from public.sender_identities where sender_identity_id = %(sender_identity_id)s;

-- name: record
select * from public.record_sender_identity(%(sender_identity_id)s, %(status)s, %(dkim_tokens)s);

-- name: share
select * from public.share_sender_identity(%(sender_identity_id)s, %(is_shared)s);

-- name: remove
select * from public.remove_sender_identity(%(sender_identity_id)s);

-- name: caller_type
select ddp.active_user_type() as user_type;

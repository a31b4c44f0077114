-- name: claim
-- Claims a domain or an address for the caller.
select * from public.create_sender_identity(%(identity)s);

-- name: list_identities
-- Identities that the caller may see, the caller's own first.
select * from public.sender_identities
order by created_by_user_id = (select auth.uid()) desc, identity
limit 500;

-- name: get
-- One identity that the caller may see.
select * from public.sender_identities where sender_identity_id = %(sender_identity_id)s;

-- name: record
-- Stores what SES says about an identity.
select * from public.record_sender_identity(%(sender_identity_id)s, %(status)s, %(dkim_tokens)s);

-- name: share
-- Shares an identity with everyone, or ends that.
select * from public.share_sender_identity(%(sender_identity_id)s, %(is_shared)s);

-- name: remove
-- Deletes an identity.
select * from public.remove_sender_identity(%(sender_identity_id)s);

-- name: caller_type
-- The type of the caller.
select ddp.active_user_type() as user_type;

-- name: claim
-- Claims a domain or an address for the caller.
select * from public.create_sender_identity(%(identity)s);

-- name: list_identities
-- A page of the identities that the caller may see, the caller's own first.
select i.*, o.is_others
from public.sender_identities i
cross join lateral (select i.created_by_user_id is distinct from (select ddp.active_user_id()) as is_others) o
where %(is_others)s::boolean is null
    or (o.is_others, i.identity, i.sender_identity_id) > (%(is_others)s, %(identity)s, %(id)s::uuid)
order by o.is_others, i.identity, i.sender_identity_id
limit %(limit)s;

-- name: get
-- One identity that the caller may see.
select * from public.sender_identities where sender_identity_id = %(sender_identity_id)s;

-- name: record
-- Stores what SES and the DNS say about an identity.
select * from public.record_sender_identity(
    %(sender_identity_id)s, %(status)s, %(dkim_tokens)s, %(published_claims)s::uuid[]
);

-- name: is_claimed
-- Whether the caller has claimed it.
select exists (
    select from public.sender_identities
    where identity = %(identity)s and created_by_user_id = (select ddp.active_user_id())
) as is_claimed;

-- name: claimants
-- Who claims a domain or address.
select public.sender_identity_claimants(%(identity)s) as claimants;

-- name: may_send_from
-- Whether the caller may send from an address.
select public.may_send_from(%(address)s) as is_verified;

-- name: share
-- Shares an identity with everyone, or ends that.
select * from public.share_sender_identity(%(sender_identity_id)s, %(is_shared)s);

-- name: remove
-- Deletes an identity.
select * from public.remove_sender_identity(%(sender_identity_id)s);

-- name: caller
-- The account for which the caller acts.
select ddp.active_user_id() as user_id, ddp.active_user_type() = 'admin' as is_admin;

-- Licences of brand assets, and which account accepted which version. Row level security decides what is visible.

-- name: accept_licence
-- The caller's account accepts this version; repeated, the first acceptance is returned.
select asset_id, account_id, licence_version, encode(licence_sha256, 'hex') as licence_sha256, accepted_by, accepted_at
from public.accept_asset_licence(%(asset_id)s, %(licence_version)s);

-- name: list_acceptances
-- Acceptances of an asset's licence, the latest first: all for its publisher, else the caller's own.
select asset_id, account_id, licence_version, encode(licence_sha256, 'hex') as licence_sha256, accepted_by, accepted_at
from public.licence_acceptances
where asset_id = %(asset_id)s
    and (%(at)s::timestamptz is null or (accepted_at, account_id) < (%(at)s, %(id)s))
order by accepted_at desc, account_id desc
limit %(limit)s;

-- name: licence_of_asset
-- The licence of a published asset, and when the caller's account accepted its present version.
select a.licence_version as version, a.licence_text as text, (
        select l.accepted_at from public.licence_acceptances l
        where l.asset_id = a.asset_id and l.licence_version = a.licence_version
            and l.account_id = (select ddp.active_user_id())
    ) as accepted_at
from public.brand_assets a
where a.asset_id = %(asset_id)s and a.licence_version is not null;

-- Restoring a file from the trash gave it a public address also while its asset was not available or had a licence. Ends these;
-- workers delete the objects within a minute.

with ended as (
    update ddp.hosted_images h set state = 'revoked', revoked_at = now()
    from public.brand_assets a
    where a.file_id = h.file_id and a.unpublished_at is null and h.state <> 'revoked' and not h.by_owner
        and (a.available_from > now() or a.available_until <= now() or a.licence_version is not null)
    returning h.file_id
)
update public.files f set file_url = null
from ended e where f.file_id = e.file_id and f.file_url is not null;

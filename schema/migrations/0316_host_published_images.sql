-- statement_timeout: 1h
-- What is published already becomes hosted, too: workers make it, a hundred a minute.

insert into ddp.hosted_images (token, file_id, by_owner)
select
    rtrim(translate(encode(uuid_send(f.file_id) || uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='), f.file_id, false
from public.files f
where f.is_brand_asset and f.deleted_at is null and f.content_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp')
    and not exists (select from ddp.hosted_images h where h.file_id = f.file_id and h.state <> 'revoked');

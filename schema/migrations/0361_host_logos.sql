-- statement_timeout: 1h
-- Messages can show the logo of their sender: those that accounts have named become hosted, as those will be that they name.

insert into ddp.hosted_images as h (token, file_id, by_owner)
select
    rtrim(translate(encode(uuid_send(f.file_id) || uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='), f.file_id, true
from public.users u
join public.files f
    on f.file_id = case
        when u.profile_data #>> '{sender,logo_file_id}' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then (u.profile_data #>> '{sender,logo_file_id}')::uuid
    end
    and f.created_by_user_id = u.user_id
where f.deleted_at is null and f.content_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp')
on conflict (file_id) where state <> 'revoked' do update set by_owner = true;

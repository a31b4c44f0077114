-- requires: functions/require.sql, functions/add_file_action.sql, policies/share_tokens.sql

-- PostgreSQL cannot replace a function whose columns differ. The release before reads those that it knows by name.
drop function if exists public.open_public_share(text, public.file_action_type);

create or replace function public.open_public_share(p_token text, p_action_type public.file_action_type)
    returns table (
        share_id uuid, file_id uuid, file_name text, content_type text, file_size bigint, file_path text,
        expires_at timestamptz, thumbnail_widths integer[], shared_by text
    )
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_action_type in ('VIEW', 'DOWNLOAD'), 'PT422', 'A shared file can be viewed or downloaded.'
    );

    select s.share_id, f.file_id, f.file_name, f.content_type, f.file_size, f.file_path, s.expires_at,
        f.thumbnail_widths, u.user_name
    into share_id, file_id, file_name, content_type, file_size, file_path, expires_at, thumbnail_widths, shared_by
    from ddp.share_tokens t
    join public.file_shares s on s.share_id = t.share_id
    join public.files f on f.file_id = s.file_id
    join public.users u on u.user_id = s.created_by_user_id
    where t.token_hash = sha256(convert_to(p_token, 'UTF8'))
        and s.revoked_at is null
        and s.expires_at > now()
        and f.deleted_at is null
        and u.is_active;
    -- The same answer for unknown, expired and revoked links, deleted files and deactivated users: a link reveals nothing
    -- about what was there.
    perform ddp.require(
        share_id is not null, 'PT404',
        'This link does not exist or has ended: ask whoever gave it to you for a new one.'
    );

    perform ddp.add_file_action(file_id, null, p_action_type, jsonb_build_object('share_id', share_id));
    return next;
end
$$;
comment on function public.open_public_share(text, public.file_action_type) is
    'The file behind a public link, whose token is hashed here (SHA-256 of its UTF-8), and the name of the user who '
    'shares it; records VIEW or DOWNLOAD without a user. PT404 for unknown, expired, revoked and deleted alike, and while the user who shared it is not '
    'active.';
revoke all on function public.open_public_share(text, public.file_action_type)
    from public, anon, authenticated, service_role;
grant execute on function public.open_public_share(text, public.file_action_type) to anon, authenticated;

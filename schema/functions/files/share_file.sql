-- requires: functions/visible_file.sql, functions/add_file_action.sql, policies/share_tokens.sql

create or replace function public.share_file(
    p_file_id uuid, p_shared_with_user_id uuid default null, p_token_hash bytea default null,
    p_expires_at timestamptz default now() + interval '7 days'
) returns public.file_shares
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.lock_own_file(p_file_id, p_or_admin => false);
    v_share public.file_shares;
begin
    perform ddp.require(
        v_file.deleted_at is null, 'PT409', 'This file is deleted: restore it first.', '{"code": "file-deleted"}'
    );
    perform ddp.require(
        num_nonnulls(p_shared_with_user_id, p_token_hash) = 1, 'PT422',
        'A file is shared either with a user or by a link.'
    );
    perform ddp.require(
        p_token_hash is null or octet_length(p_token_hash) = 32, 'PT422', 'The SHA-256 of the token has 32 bytes.'
    );
    perform ddp.require(
        p_shared_with_user_id is distinct from ddp.active_user_id(), 'PT422', 'You cannot share a file with yourself.'
    );
    perform ddp.require(
        p_shared_with_user_id is null
        or exists (select from public.users u where u.user_id = p_shared_with_user_id and u.is_active),
        'PT404', 'There is no such user.'
    );
    perform ddp.require(
        p_expires_at > now() and p_expires_at <= now() + interval '1 year', 'PT422',
        'A share must expire within the next year.', '{"code": "invalid-expiry"}'
    );

    insert into public.file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)
    values (p_file_id, ddp.active_user_id(), p_shared_with_user_id, p_expires_at)
    returning * into v_share;
    if p_token_hash is not null then
        insert into ddp.share_tokens (share_id, token_hash) values (v_share.share_id, p_token_hash);
    end if;
    perform ddp.add_file_action(
        p_file_id, ddp.active_user_id(), 'SHARE', jsonb_build_object('share_id', v_share.share_id)
    );
    return v_share;
exception
    when unique_violation then
        perform ddp.require(false, 'PT409', 'This link already exists: make another token.');
end
$$;
comment on function public.share_file(uuid, uuid, bytea, timestamptz) is
    'Shares an own live file until p_expires_at (at most a year; a week if not given), with a user or by a link whose token '
    'has this SHA-256; records SHARE.';
revoke all on function public.share_file(uuid, uuid, bytea, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.share_file(uuid, uuid, bytea, timestamptz) to authenticated;

-- requires: functions/visible_file.sql, functions/add_file_action.sql, functions/accept_asset_licence.sql

create or replace function public.record_file_action(
    p_file_id uuid,
    p_action_type public.file_action_type,
    p_session_id uuid default null,
    p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.visible_file(p_file_id);
begin
    perform ddp.require(p_action_type is not null, 'PT422', 'Name the action.');
    perform ddp.require(
        p_action_type not in ('UPLOAD', 'DELETE', 'EDIT') or v_file.created_by_user_id = ddp.active_user_id(), 'PT403',
        'Only the owner of this file may do that.', '{"code": "not-owner"}'
    );
    perform ddp.require(
        v_file.deleted_at is null or p_action_type = 'VIEW', 'PT409', 'This file is deleted: restore it first.',
        '{"code": "file-deleted"}'
    );
    perform ddp.require_licence_accepted(v_file) where p_action_type = 'DOWNLOAD';
    perform ddp.require(
        p_session_id is null
        or exists (select from public.sessions s where s.session_id = p_session_id and s.user_id = ddp.active_user_id()),
        'PT404', 'You have no such session.'
    );
    perform ddp.require(
        ddp.is_metadata(p_metadata), 'PT422',
        'The metadata is a JSON object of at most 8,192 characters and 32 levels, without numbers over 1e300.',
        '{"code": "invalid-metadata"}'
    );
    return ddp.add_file_action(p_file_id, ddp.active_user_id(), p_action_type, p_metadata, p_session_id);
end
$$;
comment on function public.record_file_action(uuid, public.file_action_type, uuid, jsonb) is
    'Records what the acting user did with a file that it may see; UPLOAD, DELETE and EDIT only of its own. Returns '
    'the action''s id. PT409 for a download of a brand asset whose licence is not accepted; PT404 for a file that is not visible and for another user''s session.';
revoke all on function public.record_file_action(uuid, public.file_action_type, uuid, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.record_file_action(uuid, public.file_action_type, uuid, jsonb) to authenticated;

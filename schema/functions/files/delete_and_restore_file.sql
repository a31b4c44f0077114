-- requires: functions/visible_file.sql, functions/add_file_action.sql

create or replace function public.soft_delete_file(p_file_id uuid) returns public.files
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file public.files := ddp.lock_own_file(p_file_id, p_or_admin => true);
begin
    if v_file.deleted_at is null then
        update public.files set deleted_at = now() where file_id = p_file_id returning * into v_file;
        perform ddp.add_file_action(p_file_id, ddp.active_user_id(), 'DELETE');
    end if;
    return v_file;
end
$$;
comment on function public.soft_delete_file(uuid) is
    'Moves a file to the trash, where only its owner and administrators see it; one in the trash stays as it is. '
    'For the owner and administrators.';
revoke all on function public.soft_delete_file(uuid) from public, anon, authenticated, service_role;
grant execute on function public.soft_delete_file(uuid) to authenticated;

create or replace function public.restore_file(p_file_id uuid) returns public.files
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file public.files := ddp.lock_own_file(p_file_id, p_or_admin => true);
    v_live_file_id uuid;
begin
    if v_file.deleted_at is null then
        return v_file;
    end if;
    perform ddp.require(
        v_file.purged_at is null, 'PT409', 'This file was in the trash for too long: its content is gone.',
        '{"code": "file-purged"}'
    );
    update public.files set deleted_at = null where file_id = p_file_id returning * into v_file;
    return v_file;
exception
    when unique_violation then
        select f.file_id into v_live_file_id
        from public.files f
        where f.created_by_user_id = v_file.created_by_user_id
            and f.content_sha256 = v_file.content_sha256
            and f.deleted_at is null;
        perform ddp.require(
            false, 'PT409', 'The same content has been uploaded again: delete that file first, or keep it.',
            jsonb_build_object('code', 'duplicate-content', 'file_id', v_live_file_id)
        );
end
$$;
comment on function public.restore_file(uuid) is
    'Takes a file out of the trash; a live one stays as it is. For the owner and administrators. PT409 with the '
    'file_id if the owner has a live file with the same content, and for a purged one.';
revoke all on function public.restore_file(uuid) from public, anon, authenticated, service_role;
grant execute on function public.restore_file(uuid) to authenticated;

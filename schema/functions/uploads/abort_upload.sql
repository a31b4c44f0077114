-- requires: functions/lock_own_upload.sql

create or replace function public.abort_upload(p_upload_id uuid) returns public.uploads
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_upload public.uploads := ddp.lock_own_upload(p_upload_id);
begin
    perform ddp.require(
        v_upload.state in ('pending', 'aborted'), 'PT409', 'This upload has ended and cannot be aborted.',
        jsonb_build_object('code', 'upload-over', 'state', v_upload.state)
    );
    if v_upload.state = 'pending' then
        update public.uploads set state = 'aborted', settled_at = now()
        where upload_id = p_upload_id
        returning * into v_upload;
    end if;
    return v_upload;
end
$$;
comment on function public.abort_upload(uuid) is
    'Aborts a pending upload of the acting user; an aborted one stays as it is. PT409 once it is live or rejected.';
revoke all on function public.abort_upload(uuid) from public, anon, authenticated, service_role;
grant execute on function public.abort_upload(uuid) to authenticated;

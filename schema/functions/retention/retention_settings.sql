-- requires: functions/require_worker_or_admin.sql, functions/log_change.sql

create or replace function ddp.kept(p_subject text) returns interval
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_keep interval;
begin
    select r.keep into strict v_keep from ddp.retention r where r.subject = p_subject;
    return v_keep;
end
$$;
comment on function ddp.kept(text) is 'How long a subject of ddp.retention is kept.';

create or replace function public.retention_settings() returns setof ddp.retention
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return query select r.* from ddp.retention r order by r.subject;
end
$$;
comment on function public.retention_settings() is 'How long everything is kept, and the floors. For administrators and workers.';

create or replace function public.set_retention(p_subject text, p_keep interval) returns ddp.retention
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_before ddp.retention;
    v_after ddp.retention;
begin
    perform ddp.require_worker_or_admin();
    select r.* into v_before from ddp.retention r where r.subject = p_subject for update;
    perform ddp.require(
        v_before.subject is not null, 'PT404', 'There is no retention subject of this name: GET /retention lists them.', '{"code": "retention-not-found"}'
    );
    perform ddp.require(
        p_keep >= v_before.least, 'PT422', format('Keep at least %s.', v_before.least),
        jsonb_build_object('code', 'retention-too-short', 'least', v_before.least::text)
    );
    perform ddp.require(
        p_keep <= interval '100 years', 'PT422', 'Keep at most 100 years.', '{"code": "retention-too-long"}'
    );
    update ddp.retention r set keep = p_keep, changed_at = now(), changed_by = auth.uid()
    where r.subject = p_subject
    returning r.* into v_after;
    perform ddp.log_change(
        'retention', null, jsonb_build_object('subject', p_subject, 'keep', v_before.keep),
        jsonb_build_object('subject', p_subject, 'keep', p_keep)
    );
    return v_after;
end
$$;
comment on function public.set_retention(text, interval) is
    'Changes how long a subject is kept: PT422 below its floor, PT404 for an unknown one. In the audit trail. For administrators.';

revoke all on function ddp.kept(text), public.retention_settings(), public.set_retention(text, interval)
    from public, anon, authenticated, service_role;
grant execute on function public.retention_settings() to authenticated, service_role;
grant execute on function public.set_retention(text, interval) to authenticated;

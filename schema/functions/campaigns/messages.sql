-- Triggers on templates, and on the e-mail and SMS campaigns made from them. They run with the caller's rights, so that
-- they see what the caller sees.

create or replace function ddp.set_template_version() returns trigger
    language plpgsql
    set search_path = ''
as $$
declare
    v_is_kept boolean;
begin
    select t.version + 1, t.is_locked and t.created_by_user_id <> new.created_by_user_id into new.version, v_is_kept
    from public.templates t
    where t.template_id = new.parent_template_id and t.template_type = new.template_type;
    if v_is_kept then  -- not ddp.require: clients may not call it
        raise exception using
            errcode = 'PT403',
            message = 'This template is locked: only its creator makes versions of it.',
            detail = '{"code": "locked-template"}';
    end if;
    if new.version is null then
        raise exception using
            errcode = 'PT404',
            message = 'The parent template does not exist, or is of another type.',
            detail = '{"code": "template-not-found"}';
    end if;
    return new;
end
$$;
comment on function ddp.set_template_version() is
    'Trigger on templates with a parent: sets the next version. PT404 unless the parent is visible and of the same '
    'type, PT403 for a locked one of somebody else.';
revoke all on function ddp.set_template_version() from public, anon, authenticated, service_role;

create or replace function ddp.check_template() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    -- A draft stays usable when its template is no longer shown, because a kit shows others.
    if tg_op = 'UPDATE' and new.template_id is not distinct from old.template_id then
        return new;
    end if;
    if not exists (
        select from public.templates t
        where t.template_id = new.template_id and t.template_type::text = tg_argv[0]
    ) then
        raise exception using
            errcode = 'PT404',
            message = 'There is no such template, or it is for another channel.',
            detail = '{"code": "template-not-found"}';
    end if;
    return new;
end
$$;
comment on function ddp.check_template() is
    'Trigger on messages with a template: PT404 unless it is visible and for this channel (the argument).';
revoke all on function ddp.check_template() from public, anon, authenticated, service_role;

create or replace function ddp.refuse_frozen() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    raise exception using
        errcode = 'PT409',
        message = 'Sending was requested, so this can no longer be changed. Make a new one.',
        detail = '{"code": "frozen"}';
end
$$;
comment on function ddp.refuse_frozen() is 'Trigger: PT409 for a change of columns that were frozen when sending was requested.';
revoke all on function ddp.refuse_frozen() from public, anon, authenticated, service_role;

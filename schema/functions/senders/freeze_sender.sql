-- requires: functions/sender_fields.sql, functions/active_user.sql, policies/files.sql
-- What the sender says of itself, as a message shows it and a plan keeps it.

create or replace function ddp.shown_sender(p_user public.users) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select f.fields || coalesce((
        select jsonb_build_object('logo_url', l.file_url)
        from public.files l
        where l.file_id = (f.fields ->> 'logo_file_id')::uuid and l.created_by_user_id = p_user.user_id
            and l.deleted_at is null and l.file_url is not null
    ), '{}')
    from (select ddp.sender_fields(p_user.profile_data) as fields) f
$$;
comment on function ddp.shown_sender(public.users) is
    'What messages show of an account, `sender` in templates: what it says of itself, and logo_url, the public address of its logo '
    'while that is hosted.';

create or replace function ddp.freeze_sender(p_user_id uuid, p_template_id uuid, p_needed text[] default '{}') returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_fields constant jsonb := (select ddp.shown_sender(u) from public.users u where u.user_id = p_user_id);
    v_required constant text[] := coalesce((select t.requires from public.templates t where t.template_id = p_template_id), '{}');
    v_missing constant text[] := array(
        select distinct n.field from unnest(p_needed || v_required) n (field) where not v_fields ? n.field order by n.field
    );
begin
    perform ddp.require(
        v_missing = '{}', 'PT409',
        format(
            '%s Your account has no %s yet: set it with PATCH /me, as {"sender": {"%s": …}}. Then send again.',
            case
                when v_missing && p_needed then 'Commercial e-mail must show the postal address of its sender (US law, CAN-SPAM).'
                else 'This template shows what your store says of itself.'
            end,
            replace(array_to_string(v_missing, ', '), '_', ' '), array_to_string(v_missing, '": …, "')
        ),
        jsonb_build_object('code', 'sender-fields-missing', 'missing', to_jsonb(v_missing))
    );
    perform ddp.require(
        'logo_file_id' <> all (v_required) or v_fields ? 'logo_url', 'PT409',
        format(
            'This template shows your store''s logo, which has no public address: wait two minutes if you have just set it, else see '
            'GET /files/%1$s/host, and host it again with POST. Then send again.', v_fields ->> 'logo_file_id'
        ),
        jsonb_build_object(
            'code', 'sender-fields-missing', 'missing', '["logo_url"]'::jsonb, 'file_id', v_fields ->> 'logo_file_id'
        )
    );
    return v_fields;
end
$$;
comment on function ddp.freeze_sender(uuid, uuid, text[]) is
    'What messages show of an account, to be frozen; PT409, naming what is missing, unless it has what its template and p_needed ask '
    'for. A template that asks for the logo asks for its address too.';

create or replace function ddp.own_sender_for(p_template_id uuid) returns jsonb
    language sql stable security definer
    set search_path = ''
as $$
    select ddp.freeze_sender(ddp.active_user_id(), p_template_id)
$$;
comment on function ddp.own_sender_for(uuid) is
    'What the acting account says of itself; PT409, naming what is missing, unless it has what a template asks for.';
revoke all on function
    ddp.shown_sender(public.users), ddp.freeze_sender(uuid, uuid, text[]), ddp.own_sender_for(uuid)
    from public, anon, authenticated, service_role;
grant execute on function ddp.shown_sender(public.users) to authenticated, service_role;
grant execute on function ddp.own_sender_for(uuid) to authenticated;

-- requires: functions/sender_fields.sql, functions/active_user.sql
-- What the sender says of itself, as a message shows it and a plan keeps it.

create or replace function ddp.freeze_sender(p_user_id uuid, p_template_id uuid, p_needed text[] default '{}') returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_fields constant jsonb := (select ddp.sender_fields(u.profile_data) from public.users u where u.user_id = p_user_id);
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
    return v_fields;
end
$$;
comment on function ddp.freeze_sender(uuid, uuid, text[]) is
    'What an account says of itself, to be frozen; PT409, naming what is missing, unless it has what its template and p_needed ask for.';

create or replace function ddp.own_sender_for(p_template_id uuid) returns jsonb
    language sql stable security definer
    set search_path = ''
as $$
    select ddp.freeze_sender(ddp.active_user_id(), p_template_id)
$$;
comment on function ddp.own_sender_for(uuid) is
    'What the acting account says of itself; PT409, naming what is missing, unless it has what a template asks for.';
revoke all on function ddp.freeze_sender(uuid, uuid, text[]), ddp.own_sender_for(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.own_sender_for(uuid) to authenticated;

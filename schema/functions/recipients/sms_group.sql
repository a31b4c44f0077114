-- requires: functions/require.sql, policies/sms_sends.sql
-- The groups of an earlier SMS's recipients who can be written to again.

create or replace function ddp.sms_group(p_who text) returns public.sms_send_status[]
    language sql immutable parallel safe
    set search_path = ''
    return case p_who
        -- A click by a person is a status of its own; those of machines are not.
        when 'not_clicked' then '{sent,delivered}'
        when 'failed' then '{failed}'
        when 'missed' then '{missed}'
    end::public.sms_send_status[];
comment on function ddp.sms_group(text) is 'The statuses of the recipients in a group; null: there is no such group.';

create or replace function ddp.require_sms_group(p_who text) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_who is distinct from 'not_opened', 'PT422',
        'Nobody knows whether an SMS was opened: choose "not_clicked", "failed" or "missed".', '{"code": "no-opens"}'
    );
    perform ddp.require(
        ddp.sms_group(p_who) is not null, 'PT422',
        'Of an earlier SMS you can choose "not_clicked", "failed" or "missed".', '{"code": "invalid-audience"}'
    );
end
$$;
comment on function ddp.require_sms_group(text) is 'PT422 unless there is such a group of an SMS''s recipients.';

create or replace function ddp.sms_group_doubts(p_plan public.send_plans, p_who text) returns jsonb
    language sql immutable
    set search_path = ''
    return '{}'::jsonb;
comment on function ddp.sms_group_doubts(public.send_plans, text) is 'What makes a group of an SMS''s recipients unreliable: nothing.';

revoke all on function
    ddp.sms_group(text), ddp.require_sms_group(text), ddp.sms_group_doubts(public.send_plans, text)
    from public, anon, authenticated, service_role;
grant execute on function ddp.sms_group(text) to service_role;

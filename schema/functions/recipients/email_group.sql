-- requires: functions/require.sql, policies/email_sends.sql
-- The groups of an earlier e-mail's recipients who can be written to again.

create or replace function ddp.email_group(p_who text) returns public.email_send_status[]
    language sql immutable parallel safe
    set search_path = ''
    return case p_who
        -- A click or an open by a person is a status of its own, and so is a complaint; those of machines are not.
        when 'not_clicked' then '{sent,delivered,opened}'
        when 'not_opened' then '{sent,delivered}'
        when 'failed' then '{failed,bounced}'
        when 'missed' then '{missed}'
    end::public.email_send_status[];
comment on function ddp.email_group(text) is 'The statuses of the recipients in a group; null: there is no such group.';

create or replace function ddp.require_email_group(p_who text) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        ddp.email_group(p_who) is not null, 'PT422',
        'Of an earlier e-mail you can choose "not_clicked", "not_opened", "failed" or "missed".',
        '{"code": "invalid-audience"}'
    );
end
$$;
comment on function ddp.require_email_group(text) is 'PT422 unless there is such a group of an e-mail''s recipients.';

create or replace function ddp.email_group_doubts(p_plan public.send_plans, p_who text) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select case
        when p_who = 'not_opened' then (
            select jsonb_build_object(
                'accepted', count(*), 'machine_opened', count(*) filter (where s.machine_opened_at is not null)
            )
            from public.email_sends s
            where s.created_by_user_id = p_plan.created_by_user_id and s.email_campaign_id = p_plan.email_campaign_id
                and s.status in ('sent', 'delivered', 'opened', 'clicked', 'complained')
        )
        else '{}'
    end
$$;
comment on function ddp.email_group_doubts(public.send_plans, text) is
    'What makes a group unreliable: of who did not open, how many messages were accepted and how many of them machines opened.';

revoke all on function
    ddp.email_group(text), ddp.require_email_group(text), ddp.email_group_doubts(public.send_plans, text)
    from public, anon, authenticated, service_role;
grant execute on function ddp.email_group(text) to service_role;

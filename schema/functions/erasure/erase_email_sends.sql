-- twin: sms (erase_sms_sends, erase_sms_recipients, sms_sends_to)
-- requires: functions/erased_email.sql, functions/erased_sms.sql
-- requires: functions/erase_email_reports.sql, functions/erase_sms_reports.sql
-- Takes name, address and data from rows of the ledger. Statuses, times and costs stay: statistics count them.

create or replace function ddp.erase_email_sends(p_email_send_ids uuid[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    -- Whoever was not written to yet is not written to: there is no address any more.
    update public.email_sends s
    set recipient_email = ddp.erased_email(s.email_send_id), recipient_name = null, recipient_hash = null,
        template_data = '{}', metadata = '{}', failure_reason = null, erased_at = now(),
        status = case s.status when 'pending' then 'cancelled' else s.status end
    where s.email_send_id = any (p_email_send_ids) and s.erased_at is null and s.status <> 'sending';
    get diagnostics v_count = row_count;
    perform ddp.erase_email_reports(p_email_send_ids);
    return v_count;
end
$$;
comment on function ddp.erase_email_sends(uuid[]) is
    'Erases recipients of these messages, except of those that are being sent at this moment; returns how many.';

create or replace function ddp.erase_email_recipients(p_email_campaign_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
begin
    return ddp.erase_email_sends(array(
        select s.email_send_id from public.email_sends s
        where s.email_campaign_id = p_email_campaign_id and s.erased_at is null
            and s.status not in ('pending', 'sending')
        order by s.email_send_id
        limit p_limit
        for no key update skip locked
    ));
end
$$;
comment on function ddp.erase_email_recipients(uuid, integer) is
    'Erases settled recipients of a campaign''s messages, at most p_limit; returns how many.';

create or replace function ddp.email_sends_to(p_address text) returns setof uuid
    language sql stable
    set search_path = ''
as $$
    -- The address has an index within each campaign: a step for each campaign, however many recipients they have.
    select s.email_send_id
    from public.email_campaigns c
    cross join lateral (
        select o.email_send_id from public.email_sends o
        where o.email_campaign_id = c.email_campaign_id and o.recipient_email = p_address
        offset 0
    ) s
$$;
comment on function ddp.email_sends_to(text) is 'Messages to a (normalised) address.';

revoke all on function
    ddp.erase_email_sends(uuid[]), ddp.erase_email_recipients(uuid, integer), ddp.email_sends_to(text)
    from public, anon, authenticated, service_role;

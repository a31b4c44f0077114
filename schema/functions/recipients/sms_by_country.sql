-- requires: functions/own_email_plan.sql, functions/sms_money.sql, policies/sms_sends.sql

create or replace function public.sms_by_country(p_sms_campaign_id uuid) returns table (
        country text, identity text, recipient_count bigint, sent_count bigint, delivered_count bigint, clicked_count bigint,
        failed_count bigint, unsubscribed_count bigint, part_count bigint, cost numeric
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_message constant public.sms_campaigns := ddp.own_sms_campaign(p_sms_campaign_id);
begin
    return query
    with sums as (
        select
            s.country, count(*) as recipients, count(s.sent_at) as sent, count(s.delivered_at) as delivered,
            count(s.clicked_at) as clicked, count(s.failed_at) as failed, count(s.unsubscribed_at) as unsubscribed,
            coalesce(sum(s.units) filter (where s.accepted_attempts <> 0), 0)::bigint as parts,
            sum(ddp.sms_charged(s)) as cost
        from public.sms_sends s
        where s.created_by_user_id = v_message.created_by_user_id and s.sms_campaign_id = v_message.sms_campaign_id
        group by s.country
    )
    select
        t.country::text, o.identity::text, t.recipients, t.sent, t.delivered, t.clicked, t.failed, t.unsubscribed, t.parts,
        t.cost
    from sums t
    left join public.send_plans p on p.sms_campaign_id = v_message.sms_campaign_id
    left join ddp.plan_origins o on o.send_plan_id = p.send_plan_id and o.country = t.country
    order by t.recipients desc, t.country;
end
$$;
comment on function public.sms_by_country(uuid) is
    'What an own SMS campaign came to, by country and by what its messages were sent from, at this moment. PT404, PT403.';
revoke all on function public.sms_by_country(uuid) from public, anon, authenticated, service_role;
grant execute on function public.sms_by_country(uuid) to authenticated;

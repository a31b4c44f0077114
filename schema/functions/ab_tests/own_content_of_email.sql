-- twin: sms (own_content_of_sms)
-- requires: policies/sending.sql, policies/email_sends.sql, policies/sms_sends.sql, policies/conversions.sql
-- Without `set`, the planner puts it in its callers' places.

create or replace function ddp.own_content_of_email(p_email_campaign_id uuid)
    returns table (sent bigint, delivered bigint, conversions bigint)
    language sql stable
as $$
    -- Sums of each variant, so that no message is read where there is none.
    select coalesce(sum(x.sent), 0)::bigint, coalesce(sum(x.delivered), 0)::bigint, coalesce(sum(x.conversions), 0)::bigint
    from public.send_plans p
    join ddp.plan_variants v on v.send_plan_id = p.send_plan_id and v.content is not null
    cross join lateral (
        select count(s.sent_at) as sent, count(s.delivered_at) as delivered, sum((
            select count(*) from public.conversions c where c.email_send_id = s.email_send_id and c.kind <> 'refund'
        )) as conversions
        from public.email_sends s
        where s.email_campaign_id = p.email_campaign_id and s.variant = v.variant
    ) x
    where p.email_campaign_id = p_email_campaign_id
$$;
comment on function ddp.own_content_of_email(uuid) is
    'Messages of an e-mail whose variant has content of its own: they were not made from the template of the e-mail.';
revoke all on function ddp.own_content_of_email(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.own_content_of_email(uuid) to service_role;

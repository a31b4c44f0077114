-- requires: functions/own_content_of_email.sql, functions/own_content_of_sms.sql
-- Recipients that a sender reached with a template. Customers are a sender's own: an address that two senders write to is
-- two recipients, and one that a sender writes to in two campaigns is one. So sends are read again only for senders with
-- several campaigns of a template; of one campaign the number of messages is enough.
--
-- To read them costs as much as all that the sender ever sent. A refresh reads 500,000 at most in a portion, and of no
-- sender more than 10,000: else a portion would have no bound, and each minute of sending would cost as much again. The
-- others get a lower bound there, the campaign with the most recipients, and are counted one by one between the portions,
-- each in a transaction of its own: when a campaign begins, and then once an hour while messages go out.

create or replace function ddp.sends_of_template(
    p_template_id uuid, p_user_id uuid, out email_ids uuid[], out text_ids uuid[], out most_emails bigint,
    out most_texts bigint, out sent bigint
)
    language sql stable
    set search_path = ''
as $$
    select
        case when emails.campaigns > 1 then emails.ids end, case when texts.campaigns > 1 then texts.ids end,
        emails.most, texts.most, emails.sent + texts.sent
    from (
        select
            count(*) as campaigns, array_agg(e.email_campaign_id) as ids,
            coalesce(sum(x.sent - own.sent), 0)::bigint as sent, greatest(0, coalesce(max(x.sent - own.sent), 0))::bigint as most
        from public.email_campaigns e
        join ddp.email_campaign_stats x on x.email_campaign_id = e.email_campaign_id and x.sent > 0
        cross join lateral ddp.own_content_of_email(e.email_campaign_id) own
        where e.template_id = p_template_id and e.created_by_user_id = p_user_id and not e.replaces_template
    ) emails
    cross join (
        select
            count(*) as campaigns, array_agg(e.sms_campaign_id) as ids,
            coalesce(sum(x.sent - own.sent), 0)::bigint as sent, greatest(0, coalesce(max(x.sent - own.sent), 0))::bigint as most
        from public.sms_campaigns e
        join ddp.sms_campaign_stats x on x.sms_campaign_id = e.sms_campaign_id and x.sent > 0
        cross join lateral ddp.own_content_of_sms(e.sms_campaign_id) own
        where e.template_id = p_template_id and e.created_by_user_id = p_user_id and not e.replaces_template
    ) texts
$$;
comment on function ddp.sends_of_template(uuid, uuid) is
    'A sender''s campaigns of a template (null where there is but one of the channel), the messages of the largest one, and all.';

create or replace function ddp.different_recipients(
    p_email_ids uuid[], p_text_ids uuid[], p_most_emails bigint, p_most_texts bigint
) returns bigint
    language sql stable
    set search_path = ''
as $$
    select
        case when p_email_ids is null then p_most_emails else (
            select count(distinct coalesce(encode(e.recipient_hash, 'hex'), e.recipient_email))
            from public.email_sends e
            where e.email_campaign_id = any (p_email_ids) and e.sent_at is not null
                and not exists (
                    select from public.send_plans p
                    join ddp.plan_variants v on v.send_plan_id = p.send_plan_id and v.content is not null
                    where p.email_campaign_id = e.email_campaign_id and v.variant = e.variant
                )
        ) end
        + case when p_text_ids is null then p_most_texts else (
            select count(distinct coalesce(encode(e.recipient_hash, 'hex'), e.recipient_phone))
            from public.sms_sends e
            where e.sms_campaign_id = any (p_text_ids) and e.sent_at is not null
                and not exists (
                    select from public.send_plans p
                    join ddp.plan_variants v on v.send_plan_id = p.send_plan_id and v.content is not null
                    where p.sms_campaign_id = e.sms_campaign_id and v.variant = e.variant
                )
        ) end
$$;
comment on function ddp.different_recipients(uuid[], uuid[], bigint, bigint) is
    'How many different recipients these campaigns reached with the template''s content, e-mails and SMS together; where '
    'there is but one campaign (null), as many as it has messages.';

-- Who is taken counts as behind from now on: a count that fails is tried again in an hour, and stops no other one.
create or replace function ddp.take_template_sender(out template_id uuid, out user_id uuid)
    language sql volatile security definer
    set search_path = ''
as $$
    with due as materialized (  -- else a plan may look again after each row, and take several
        select o.template_id, o.user_id from ddp.template_senders o
        where o.behind_since < now() - interval '1 hour' and not exists (select from ddp.recompute_slices)
        order by o.behind_since
        limit 1
        for update skip locked
    )
    update ddp.template_senders s set behind_since = now()
    from due
    where s.template_id = due.template_id and s.user_id = due.user_id
    returning s.template_id, s.user_id
$$;
comment on function ddp.take_template_sender() is
    'The sender who has waited longest to have the recipients of a template counted; nulls if nobody is due. Commit, and then '
    'ddp.count_template_sender().';

create or replace function ddp.count_template_sender(p_template_id uuid, p_user_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
    set work_mem = '64MB'
as $$
declare
    v_recipients bigint;
begin
    -- What a refresh at work adds meanwhile would not be in the count.
    if not pg_try_advisory_xact_lock(hashtext('ddp.refresh_analytics')) then
        return;
    end if;
    select ddp.different_recipients(s.email_ids, s.text_ids, s.most_emails, s.most_texts) into v_recipients
    from ddp.sends_of_template(p_template_id, p_user_id) s;
    update ddp.template_senders s set recipients = v_recipients, behind_since = null
    where s.template_id = p_template_id and s.user_id = p_user_id;
    delete from ddp.template_senders s
    where s.template_id = p_template_id and s.user_id = p_user_id and s.recipients = 0;
    -- The template's own sum is derived again.
    insert into ddp.metric_changes (entity_type, entity_id, metric_name, change) values ('template', p_template_id, 'touched', 0);
end
$$;
comment on function ddp.count_template_sender(uuid, uuid) is
    'Counts the recipients that a sender reached with a template, however many messages that are. Does nothing if a refresh '
    'is at work.';
revoke all on function
    ddp.sends_of_template(uuid, uuid), ddp.different_recipients(uuid[], uuid[], bigint, bigint), ddp.take_template_sender(),
    ddp.count_template_sender(uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function ddp.take_template_sender(), ddp.count_template_sender(uuid, uuid) to service_role;

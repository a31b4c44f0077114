-- requires: functions/request_approvals.sql
-- Triggers that keep requests true when a draft, its sender or a campaign's rule changes. Definers: clients cannot write approvals.

create or replace function ddp.follow_draft() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- The first column is the message's id.
    perform ddp.supersede_approvals(array[(to_jsonb(new) ->> tg_argv[0])::uuid]);
    return null;
end
$$;
comment on function ddp.follow_draft() is
    'Trigger on e-mails and SMS: ends their open approvals if their content changed. Argument: the column of the id.';

create or replace function ddp.follow_sender() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- What is being sent or changed at this moment is left to whoever has locked it: a send compares what it freezes.
    perform ddp.supersede_approvals(array(
        select e.email_campaign_id from public.email_campaigns e
        where e.requested_at is null and e.email_campaign_id in (
            select a.email_campaign_id from public.approvals a
            where a.created_by_user_id = new.user_id and a.state in ('waiting', 'approved')
        )
        order by e.email_campaign_id
        for no key update skip locked
    ) || array(
        select s.sms_campaign_id from public.sms_campaigns s
        where s.requested_at is null and s.sms_campaign_id in (
            select a.sms_campaign_id from public.approvals a
            where a.created_by_user_id = new.user_id and a.state in ('waiting', 'approved')
        )
        order by s.sms_campaign_id
        for no key update skip locked
    ));
    return null;
end
$$;
comment on function ddp.follow_sender() is
    'Trigger on users whose profile says something else of the sender: ends open approvals of what would show it.';

create or replace function ddp.follow_approval_rule() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.end_needless_approvals(new.campaign_id, null);
    -- Drafts ask when they are sent; a post is scheduled already.
    perform ddp.ask_approvals(array(
        select p.post_id from public.social_posts p
        where p.campaign_id = new.campaign_id and p.status in ('scheduled', 'claimed', 'preparing', 'ready')
        order by p.post_id
    )) where new.approval <> 'none';
    return null;
end
$$;
comment on function ddp.follow_approval_rule() is
    'Trigger on campaigns whose rule changed: ends requests that are no longer needed, and asks for posts that now wait.';
revoke all on function ddp.follow_draft(), ddp.follow_sender(), ddp.follow_approval_rule()
    from public, anon, authenticated, service_role;

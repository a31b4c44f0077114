-- requires: functions/message_contents.sql, functions/notices.sql, functions/require_active_user.sql, policies/approvals.sql
-- requires: policies/campaigns.sql, policies/send_plans.sql, functions/visible_campaign.sql
-- What waits for approval, and asking for it. Whoever changes content or sends it locks the message first, then the campaign,
-- then its approvals: so a message goes out only with the very content that was approved.

create or replace function ddp.needs_approval(p_campaign_id uuid, p_user_id uuid) returns boolean
    language sql stable
    set search_path = ''
as $$
    select exists (
        select from public.campaigns c
        join public.users u on u.user_id = p_user_id
        where c.campaign_id = p_campaign_id and c.approval <> 'none'
            -- The brand itself, and administrators, who warn of dangers, ask nobody.
            and c.created_by_user_id <> p_user_id and u.user_type <> 'admin'
            and (
                c.approval = 'all'
                or not exists (
                    select from public.send_plans p
                    where p.campaign_id = p_campaign_id and p.created_by_user_id = p_user_id
                )
                and not exists (
                    select from public.social_posts o
                    where o.campaign_id = p_campaign_id and o.created_by_user_id = p_user_id
                        and o.status in ('publishing', 'published', 'unconfirmed')
                )
            )
    )
$$;
comment on function ddp.needs_approval(uuid, uuid) is
    'Whether what this account sends in the campaign waits for the campaign''s creator. With the rule `first`: until one '
    'message or post of the account has gone out in the campaign.';

create or replace function ddp.is_approved(p_campaign_id uuid, p_message_id uuid, p_content jsonb) returns boolean
    language sql stable
    set search_path = ''
as $$
    select exists (
        select from public.approvals a
        where a.message_id = p_message_id and a.campaign_id = p_campaign_id and a.state = 'approved'
            and a.content_digest = ddp.content_digest(p_content)
    )
$$;
comment on function ddp.is_approved(uuid, uuid, jsonb) is 'Whether this very content of the message is approved, for this campaign.';

create or replace function ddp.post_waits(p_post public.social_posts) returns boolean
    language sql stable
    set search_path = ''
as $$
    select p_post.campaign_id is not null and ddp.needs_approval(p_post.campaign_id, p_post.created_by_user_id)
        and not ddp.is_approved(p_post.campaign_id, p_post.post_id, ddp.content_of_post(p_post))
$$;
comment on function ddp.post_waits(public.social_posts) is 'Whether the post waits for the approval of its content.';

create or replace function ddp.supersede_approvals(p_message_ids uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.approvals a set state = 'superseded'
    from ddp.message_contents(p_message_ids) m
    where a.message_id = m.message_id and a.state in ('waiting', 'approved') and not m.is_sent
        and (a.content_digest <> ddp.content_digest(m.content) or a.campaign_id is distinct from m.campaign_id)
$$;
comment on function ddp.supersede_approvals(uuid[]) is
    'Ends open approvals of messages whose content is no longer the one that they are about.';

create or replace function ddp.ask_approvals(p_message_ids uuid[], p_also_refused boolean default false) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_asked uuid[];
begin
    perform ddp.supersede_approvals(p_message_ids);
    with asked as (
        insert into public.approvals (
            campaign_id, email_campaign_id, sms_campaign_id, post_id, created_by_user_id, campaign_owner_id, content_digest
        )
        select
            m.campaign_id, m.email_campaign_id, m.sms_campaign_id, m.post_id, m.created_by_user_id, c.created_by_user_id,
            ddp.content_digest(m.content)
        from ddp.message_contents(p_message_ids) m
        join public.campaigns c on c.campaign_id = m.campaign_id
        where not m.is_sent and ddp.needs_approval(m.campaign_id, m.created_by_user_id)
            -- Nobody is asked again by itself for what was refused.
            and (
                p_also_refused
                or not exists (
                    select from public.approvals a
                    where a.message_id = m.message_id and a.state = 'refused'
                        and a.content_digest = ddp.content_digest(m.content)
                )
            )
        order by m.message_id
        on conflict (message_id) where state in ('waiting', 'approved') do nothing
        returning approval_id
    )
    select coalesce(array_agg(k.approval_id), '{}') into v_asked from asked k;
    if v_asked = '{}' then
        return;
    end if;
    perform ddp.share_files_of_approvals(v_asked);
    perform ddp.add_notices((
        select jsonb_agg(ddp.approval_notice(n.campaign_owner_id, 'approval-requested', n.campaign_id, n.approvals))
        from (
            select a.campaign_owner_id, a.campaign_id, jsonb_agg(a.approval_id order by a.approval_id) as approvals
            from public.approvals a
            where a.approval_id = any (v_asked)
            group by a.campaign_owner_id, a.campaign_id
        ) n
    ));
end
$$;
comment on function ddp.ask_approvals(uuid[], boolean) is
    'Asks for the approval of those of these messages that need one and have none; harmless when repeated. What was refused is '
    'asked for again only if its content has changed, or p_also_refused. The caller has locked the messages.';

create or replace function ddp.share_files_of_approvals(p_approval_ids uuid[]) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    -- Nobody approves a picture that they cannot look at. Brand assets are theirs already.
    insert into public.file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)
    select distinct f.file_id, f.created_by_user_id, a.campaign_owner_id, now() + interval '30 days'
    from public.approvals a
    join ddp.message_contents(array(
        select o.message_id from public.approvals o where o.approval_id = any (p_approval_ids)
    )) m on m.message_id = a.message_id
    cross join lateral (
        select c.value ->> 'file_id' as id
        from jsonb_array_elements(coalesce(m.content -> 'media', '[]') || coalesce(m.content -> 'attachments', '[]')) c (value)
        union all
        select m.content #>> '{sender,logo_file_id}'
    ) x
    join public.files f on f.file_id = x.id::uuid and f.created_by_user_id = a.created_by_user_id
    where a.approval_id = any (p_approval_ids) and f.deleted_at is null
        and not exists (
            select from public.file_shares s
            where s.file_id = f.file_id and s.shared_with_user_id = a.campaign_owner_id and s.revoked_at is null
                and s.expires_at > now() + interval '7 days'
        )
$$;
comment on function ddp.share_files_of_approvals(uuid[]) is
    'Shares the files of what is to be approved, if they are of whoever asks, with whoever decides, for 30 days. Definer: workers only '
    'remove shares.';

create or replace function ddp.approval_notice(p_user_id uuid, p_cause text, p_campaign_id uuid, p_approvals jsonb) returns jsonb
    language sql immutable
    set search_path = ''
    return jsonb_build_object(
        'user_id', p_user_id, 'cause', p_cause, 'subject_type', 'campaign', 'subject_id', p_campaign_id,
        'detail', jsonb_build_object('approvals', p_approvals)
    );
comment on function ddp.approval_notice(uuid, text, uuid, jsonb) is 'A notice about approvals of a campaign, as ddp.add_notices takes it.';

create or replace function ddp.end_needless_approvals(p_campaign_id uuid, p_user_id uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Skips what somebody decides at this moment, so that nobody waits in a circle.
    update public.approvals a set state = 'superseded'
    where a.approval_id = any (array(
        select w.approval_id from public.approvals w
        where w.campaign_id = p_campaign_id and w.created_by_user_id = coalesce(p_user_id, w.created_by_user_id)
            and w.state = 'waiting' and not ddp.needs_approval(p_campaign_id, w.created_by_user_id)
        for no key update skip locked
    ))
$$;
comment on function ddp.end_needless_approvals(uuid, uuid) is
    'Ends requests of a campaign, of one account or (null) of all, that wait although nothing needs them any more.';

create or replace function ddp.require_approval(p_campaign public.campaigns, p_user_id uuid, p_message_id uuid, p_content jsonb)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_reason text;
begin
    if not ddp.needs_approval(p_campaign.campaign_id, p_user_id) then
        return;
    end if;
    -- Locked, so that the approval is not withdrawn before the message is frozen.
    perform from public.approvals a
    where a.message_id = p_message_id and a.campaign_id = p_campaign.campaign_id and a.state = 'approved'
        and a.content_digest = ddp.content_digest(p_content)
    for share;
    if found then
        return;
    end if;
    select a.reason into v_reason
    from public.approvals a
    where a.message_id = p_message_id and a.state = 'refused' and a.content_digest = ddp.content_digest(p_content)
        and not exists (select from public.approvals w where w.message_id = p_message_id and w.state = 'waiting')
    order by a.decided_at desc
    limit 1;
    perform ddp.require(
        v_reason is null, 'PT409',
        format('The campaign''s brand refused this content: %s Change it, then send again.', v_reason),
        jsonb_build_object('code', 'approval-refused', 'message_id', p_message_id)
    );
    perform ddp.require(
        false, 'PT409',
        'This message waits for approval: send it again once the campaign''s brand has approved it.',
        jsonb_build_object('code', 'waits-for-approval', 'message_id', p_message_id)
    );
end
$$;
comment on function ddp.require_approval(public.campaigns, uuid, uuid, jsonb) is
    'PT409 unless this account may send this very content in the campaign now: waits-for-approval, or approval-refused. What is '
    'raised takes a request back, so callers ask for the approval in a transaction of its own: public.request_approval().';

create or replace function public.request_approval(p_message_id uuid) returns public.approvals
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_message record;
    v_approval public.approvals;
begin
    -- An id is of one of the three.
    perform from public.email_campaigns e
    where e.email_campaign_id = p_message_id and e.created_by_user_id = v_user_id for no key update;
    perform from public.sms_campaigns s
    where s.sms_campaign_id = p_message_id and s.created_by_user_id = v_user_id for no key update;
    perform from public.social_posts p where p.post_id = p_message_id and p.created_by_user_id = v_user_id for no key update;
    select m.* into v_message from ddp.message_contents(array[p_message_id]) m where m.created_by_user_id = v_user_id;
    perform ddp.require(
        v_message.message_id is not null, 'PT404', 'You have no such message or post.', '{"code": "message-not-found"}'
    );
    perform ddp.visible_campaign(v_message.campaign_id) where v_message.campaign_id is not null;
    perform ddp.require(
        not v_message.is_sent, 'PT409', 'This message has been sent already.', '{"code": "already-sent"}'
    );
    perform ddp.require(
        v_message.campaign_id is not null and ddp.needs_approval(v_message.campaign_id, v_user_id), 'PT409',
        'This message needs no approval: send it.', '{"code": "no-approval-needed"}'
    );
    perform ddp.ask_approvals(array[p_message_id], p_also_refused => true);
    -- It may have been decided at this very moment.
    select a.* into strict v_approval
    from public.approvals a where a.message_id = p_message_id
    order by a.state in ('waiting', 'approved') desc, a.requested_at desc
    limit 1;
    return v_approval;
end
$$;
comment on function public.request_approval(uuid) is
    'Asks the brand of its campaign to approve an own draft of an e-mail or SMS, or an own post, as it is now; returns the request, '
    'or the one that is open already. PT404; PT409 if it was sent, or needs no approval.';

revoke all on function
    ddp.needs_approval(uuid, uuid), ddp.is_approved(uuid, uuid, jsonb), ddp.post_waits(public.social_posts),
    ddp.supersede_approvals(uuid[]), ddp.ask_approvals(uuid[], boolean), ddp.share_files_of_approvals(uuid[]),
    ddp.approval_notice(uuid, text, uuid, jsonb), ddp.end_needless_approvals(uuid, uuid), ddp.require_approval(public.campaigns, uuid, uuid, jsonb),
    public.request_approval(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.needs_approval(uuid, uuid), ddp.is_approved(uuid, uuid, jsonb), ddp.post_waits(public.social_posts),
    ddp.supersede_approvals(uuid[]), ddp.ask_approvals(uuid[], boolean), ddp.share_files_of_approvals(uuid[]),
    ddp.approval_notice(uuid, text, uuid, jsonb), ddp.end_needless_approvals(uuid, uuid)
    to service_role;
grant execute on function public.request_approval(uuid) to authenticated;

-- requires: functions/request_approvals.sql, functions/social_post_reading.sql, functions/social_outcomes.sql
-- Deciding about approvals, and reminding of them. The post is locked before its approval, as everywhere.

create or replace function ddp.visible_approval(p_approval_id uuid) returns public.approvals
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_approval public.approvals;
begin
    -- As the policy `read` on `approvals`.
    select a.* into v_approval
    from public.approvals a
    where a.approval_id = p_approval_id
        and (v_user_id in (a.created_by_user_id, a.campaign_owner_id) or ddp.active_user_type() = 'admin');
    perform ddp.require(
        v_approval.approval_id is not null, 'PT404', 'There is no such approval.', '{"code": "approval-not-found"}'
    );
    return v_approval;
end
$$;
comment on function ddp.visible_approval(uuid) is 'The approval, if the acting user may see it; else PT404.';

create or replace function ddp.lock_approval(p_approval_id uuid, p_states public.approval_state[]) returns public.approvals
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_approval public.approvals := ddp.visible_approval(p_approval_id);
begin
    perform ddp.require(
        v_approval.campaign_owner_id = ddp.require_editor() or ddp.active_user_type() = 'admin', 'PT403',
        'Only the campaign''s creator decides about approvals.', '{"code": "not-owner"}'
    );
    perform from public.social_posts p where p.post_id = v_approval.post_id for no key update;
    select a.* into strict v_approval from public.approvals a where a.approval_id = p_approval_id for no key update;
    perform ddp.require(
        v_approval.state = any (p_states), 'PT409',
        case v_approval.state
            when 'superseded' then 'This request has ended: the content has changed since, or needs no approval any more.'
            else format('This request is %s already.', v_approval.state)
        end,
        jsonb_build_object('code', 'wrong-state', 'state', v_approval.state)
    );
    return v_approval;
end
$$;
comment on function ddp.lock_approval(uuid, public.approval_state[]) is
    'An approval that the acting user decides about, locked, and its post before it: PT404, PT403, PT409 in another state.';

create or replace function ddp.set_decision(p_approval public.approvals, p_state public.approval_state, p_reason text)
    returns public.approvals
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_approval public.approvals;
begin
    update public.approvals a
    set state = p_state, decided_at = clock_timestamp(), decided_by = ddp.active_user_id(), reason = p_reason
    where a.approval_id = p_approval.approval_id
    returning a.* into v_approval;
    -- Its owner cannot change what is being prepared; and what was prepared of a refused post is of no use.
    perform ddp.prepare_social_post_again(p.post_id)
    from public.social_posts p
    where p_state = 'refused' and p.post_id = p_approval.post_id and p.status in ('claimed', 'preparing', 'ready');
    -- What the post waits for, where its owner sees it.
    update public.social_posts p
    set error_code = case p_state when 'refused' then 'approval-refused' end,
        error_reason = case p_state when 'refused' then left('The campaign''s brand refused it: ' || p_reason, 500) end
    where p.post_id = p_approval.post_id and p.status in ('scheduled', 'claimed', 'preparing', 'ready');
    perform ddp.add_notices(jsonb_build_array(ddp.approval_notice(
        v_approval.created_by_user_id, case p_state when 'approved' then 'approval-given' else 'approval-refused' end,
        v_approval.campaign_id, jsonb_build_array(v_approval.approval_id)
    )));
    return v_approval;
end
$$;
comment on function ddp.set_decision(public.approvals, public.approval_state, text) is
    'Records the decision about a locked approval, and tells whoever wants to send.';

create or replace function public.approve(p_approval_id uuid) returns public.approvals
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_approval public.approvals := ddp.lock_approval(p_approval_id, '{waiting,approved}');
begin
    if v_approval.state = 'approved' then
        return v_approval;
    end if;
    perform ddp.require(
        exists (
            select from ddp.message_contents(array[v_approval.message_id]) m
            where ddp.content_digest(m.content) = v_approval.content_digest and m.campaign_id = v_approval.campaign_id
        ),
        'PT409', 'The content has changed since this was requested: wait for the new request.', '{"code": "content-changed"}'
    );
    return ddp.set_decision(v_approval, 'approved', null);
end
$$;
comment on function public.approve(uuid) is
    'Approves the content that a request is about, and no other; harmless when repeated. For the campaign''s creator and '
    'administrators. PT404, PT403, PT409 if it was refused or has ended, or if the content has changed.';

create or replace function public.refuse_approval(p_approval_id uuid, p_reason text) returns public.approvals
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_approval public.approvals := ddp.lock_approval(p_approval_id, '{waiting,approved}');
begin
    perform ddp.require(
        btrim(p_reason) <> '' and length(p_reason) <= 1000, 'PT422', 'Give a reason of at most 1,000 characters.',
        '{"code": "invalid-reason"}'
    );
    perform ddp.require(
        not (select m.is_sent from ddp.message_contents(array[v_approval.message_id]) m), 'PT409',
        'This message has been sent since it was approved, so it can no longer be refused.', '{"code": "already-sent"}'
    );
    return ddp.set_decision(v_approval, 'refused', p_reason);
end
$$;
comment on function public.refuse_approval(uuid, text) is
    'Refuses the content that a request is about, with a reason; also after it was approved, until it is sent. For the '
    'campaign''s creator and administrators. PT404, PT403, PT409 if it was sent or refused or has ended, PT422 without a reason.';

create or replace function public.remind_of_approval(p_approval_id uuid) returns public.approvals
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_approval public.approvals := ddp.visible_approval(p_approval_id);
begin
    perform ddp.require(
        v_approval.created_by_user_id = ddp.require_editor(), 'PT403', 'Only the account that asked for this approval can send a reminder.',
        '{"code": "not-owner"}'
    );
    select a.* into strict v_approval from public.approvals a where a.approval_id = p_approval_id for no key update;
    perform ddp.require(
        v_approval.state = 'waiting', 'PT409', 'This request is no longer open: nothing is left to remind of.',
        jsonb_build_object('code', 'wrong-state', 'state', v_approval.state)
    );
    perform ddp.require(
        coalesce(v_approval.reminded_at, v_approval.requested_at) <= now() - interval '1 day', 'PT409',
        'A reminder is possible a day after the request, then once a day: wait until the time in remind_from.',
        jsonb_build_object(
            'code', 'reminded-already',
            'remind_from', coalesce(v_approval.reminded_at, v_approval.requested_at) + interval '1 day'
        )
    );
    update public.approvals a set reminded_at = now() where a.approval_id = p_approval_id returning a.* into v_approval;
    perform ddp.add_notices(jsonb_build_array(ddp.approval_notice(
        v_approval.campaign_owner_id, 'approval-reminder', v_approval.campaign_id, jsonb_build_array(p_approval_id)
    )));
    return v_approval;
end
$$;
comment on function public.remind_of_approval(uuid) is
    'Reminds the campaign''s creator of an own request that waits, by a notice, at most once a day. PT404, PT403, PT409.';

create or replace function public.approval_content(p_approval_id uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_approval constant public.approvals := ddp.visible_approval(p_approval_id);
begin
    return (
        select m.content from ddp.message_contents(array[v_approval.message_id]) m
        where ddp.content_digest(m.content) = v_approval.content_digest
    );
end
$$;
comment on function public.approval_content(uuid) is
    'The content that a visible request is about: all that decides what recipients see. Null if it has changed since. PT404.';

revoke all on function
    ddp.visible_approval(uuid), ddp.lock_approval(uuid, public.approval_state[]),
    ddp.set_decision(public.approvals, public.approval_state, text), public.approve(uuid), public.refuse_approval(uuid, text),
    public.remind_of_approval(uuid), public.approval_content(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.approve(uuid), public.refuse_approval(uuid, text), public.remind_of_approval(uuid), public.approval_content(uuid)
    to authenticated;

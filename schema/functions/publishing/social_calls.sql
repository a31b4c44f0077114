-- requires: functions/social_money.sql, functions/social_outcomes.sql, functions/blackouts.sql
-- The calls that cannot be taken back: each starts once, under a live lease, with its start committed; and what came of it.

create or replace function ddp.social_verdict(p_post_id uuid, p_part_no integer, p_worker uuid) returns text
    language sql stable
    set search_path = ''
as $$
    select case
        when w.post_id is null or w.step <> case p_part_no when 0 then 'finalise' else 'comment' end then 'lease-ended'
        when p.status <> case p_part_no when 0 then 'ready' else 'published' end::public.social_post_status
            or t.status is distinct from 'waiting' or o.call_id is not null then 'not-ready'
        when a.status <> 'active' then 'account-not-active'
        when p_part_no = 0 and p.scheduled_at > clock_timestamp() then 'not-due'
        when p_part_no = 0 and ddp.is_missed(p.scheduled_at) then 'missed'
        when p_part_no = 0 and p.campaign_id is not null
            and (ddp.blackout_at(p.campaign_id, p.created_by_user_id, clock_timestamp())).blackout_id is not null then 'blackout'
        when p_part_no = 0 and p.campaign_id is not null and ddp.post_waits(p) then 'not-approved'
        else 'go'
    end
    from public.social_posts p
    join public.social_accounts a on a.account_id = p.account_id
    left join ddp.social_work w on w.post_id = p.post_id and w.worker = p_worker and w.leased_until > clock_timestamp()
    left join public.social_post_parts t on t.post_id = p.post_id and t.part_no = p_part_no
    left join ddp.social_calls o on o.post_id = p.post_id and o.ended_at is null
    where p.post_id = p_post_id
$$;
comment on function ddp.social_verdict(uuid, integer, uuid) is
    'The last look before a call: go, or what stands in its way. The caller has locked the post. Null: there is no such post.';

create or replace function ddp.start_social_call(
    p_post_id uuid, p_part_no integer, p_worker uuid, p_lease interval, p_price numeric, p_month text, p_quotas jsonb
) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_call_id uuid;
begin
    perform ddp.reserve_social_money(p.created_by_user_id, p_month, p_price, p_quotas)
    from public.social_posts p where p.post_id = p_post_id;
    insert into ddp.social_calls (post_id, part_no, attempt, worker, leased_until, started_at, price, budget_month, quotas)
    select
        p_post_id, p_part_no, 1 + coalesce(max(c.attempt), 0), p_worker, v_now + p_lease, v_now, p_price, p_month, p_quotas
    from ddp.social_calls c where c.post_id = p_post_id and c.part_no = p_part_no
    returning call_id into v_call_id;
    update ddp.social_work w set leased_until = v_now + p_lease where w.post_id = p_post_id;
    update public.social_post_parts t set status = 'calling' where t.post_id = p_post_id and t.part_no = p_part_no;
    update public.social_posts p set status = 'publishing' where p.post_id = p_post_id and p_part_no = 0;
    perform ddp.end_needless_approvals(p.campaign_id, p.created_by_user_id)
    from public.social_posts p where p.post_id = p_post_id and p_part_no = 0 and p.campaign_id is not null;
    return v_call_id;
end
$$;
comment on function ddp.start_social_call(uuid, integer, uuid, interval, numeric, text, jsonb) is
    'Notes that the call of a post starts, and reserves what it costs. ddp.social_verdict said go.';

create or replace function ddp.start_social_calls(p_calls jsonb, p_part_no integer, p_worker uuid, p_lease interval)
    returns table (post_id uuid, call_id uuid, verdict text)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_month constant text := ddp.social_month(now());
    v_one record;
begin
    -- Whoever cancels, changes or disconnects waits for this transaction, or is seen by it.
    perform from public.social_posts p
    where p.post_id in (select c.post_id from jsonb_to_recordset(p_calls) c (post_id uuid))
    order by p.post_id for no key update;
    perform ddp.lock_social_money(p_calls, v_month);
    for v_one in
        select p.post_id, p.created_by_user_id, coalesce(c.price, 0) as price, coalesce(c.quotas, '[]') as quotas
        from jsonb_to_recordset(p_calls) c (post_id uuid, price numeric, quotas jsonb)
        join public.social_posts p on p.post_id = c.post_id
        order by p.post_id
    loop
        post_id := v_one.post_id;
        call_id := null;
        verdict := ddp.social_verdict(v_one.post_id, p_part_no, p_worker);
        if verdict = 'go' then
            verdict := ddp.social_money_left(v_one.created_by_user_id, v_month, v_one.price, v_one.quotas);
        end if;
        if verdict = 'go' then
            call_id := ddp.start_social_call(
                v_one.post_id, p_part_no, p_worker, p_lease, v_one.price, v_month, v_one.quotas
            );
        end if;
        return next;
    end loop;
end
$$;
comment on function ddp.start_social_calls(jsonb, integer, uuid, interval) is
    'Starts the one call of each post (part 0) or first comment (1). p_calls: post_id, price in US dollars, quotas (quota, owner_id, '
    'units, cap, ends_at). Commit, then call for those with verdict go, and for no other: lease-ended, not-ready, '
    'account-not-active, not-due, missed, blackout, not-approved, budget, quota. Record what came of it within the lease, or renew that.';

create or replace function ddp.record_social_call(
    p_call ddp.social_calls, p_outcome text, p_external_id text, p_permalink text, p_at timestamptz, p_code text,
    p_reason text, p_after interval
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update ddp.social_calls c
    set ended_at = coalesce(c.ended_at, clock_timestamp()), outcome = p_outcome, external_id = left(p_external_id, 255),
        code = left(p_code, 50), reason = left(p_reason, 500)
    where c.call_id = p_call.call_id;
    if p_outcome = 'published' then
        perform ddp.publish_social_part(
            p_call.post_id, p_call.part_no, p_external_id, p_permalink, coalesce(p_at, p_call.started_at)
        );
        return case when (
            select count(*) from ddp.social_calls c
            where c.post_id = p_call.post_id and c.part_no = p_call.part_no and c.outcome = 'published'
        ) > 1 then ddp.social_notice(p_call.post_id, 'social-post-twice') end;
    elsif p_outcome = 'failed' then
        return ddp.fail_social_part(p_call.post_id, p_call.part_no, p_code, p_reason);
    elsif p_outcome = 'not_accepted' then
        perform ddp.ready_social_part(p_call.post_id, p_call.part_no, clock_timestamp() + coalesce(p_after, '1 minute'));
        update ddp.social_work w
        set attempts = (
            select least(count(*), 30000) from ddp.social_calls c
            where c.post_id = p_call.post_id and c.part_no = p_call.part_no and c.outcome = 'not_accepted'
        )
        where w.post_id = p_call.post_id;
    elsif p_outcome = 'accepted' then
        perform ddp.confirm_social_part(p_call.post_id, clock_timestamp() + coalesce(p_after, '30 seconds'));
    else
        perform ddp.unconfirm_social_part(p_call.post_id, p_call.part_no, p_code, p_reason);
    end if;
    return null;
end
$$;
comment on function ddp.record_social_call(ddp.social_calls, text, text, text, timestamptz, text, text, interval) is
    'One result of record_social_calls(); returns the notice that the owner gets, or null.';

create or replace function ddp.record_social_calls(p_results jsonb) returns table (post_id uuid, status public.social_post_status)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_posts constant uuid[] := array(
        select c.post_id from jsonb_to_recordset(p_results) g (call_id uuid) join ddp.social_calls c on c.call_id = g.call_id
    );
    v_one record;
    v_notices jsonb := '[]';
    v_calls uuid[] := '{}';
    v_reservations text[] := '{}';
begin
    perform from public.social_posts p where p.post_id = any (v_posts) order by p.post_id for no key update;
    for v_one in
        select c as call, g.*
        from jsonb_to_recordset(p_results) g (
            call_id uuid, outcome text, external_id text, permalink text, published_at timestamptz, code text, reason text,
            after double precision
        )
        join ddp.social_calls c on c.call_id = g.call_id
        -- A call whose lease was ended is unknown: of it only proof that something is out is still news. The same twice is none.
        where c.ended_at is null or g.outcome = 'published' and c.outcome <> 'published'
        order by c.post_id, c.call_id
    loop
        v_notices := v_notices || coalesce(ddp.record_social_call(
            v_one.call, v_one.outcome, v_one.external_id, v_one.permalink, v_one.published_at, v_one.code, v_one.reason,
            make_interval(secs => v_one.after)
        ), '[]');
        if v_one.outcome not in ('unknown', 'accepted') then
            v_calls := v_calls || v_one.call_id;
            v_reservations := v_reservations || case v_one.outcome when 'published' then 'charged' else 'released' end;
        end if;
    end loop;
    perform ddp.settle_social_money(v_calls, v_reservations) where cardinality(v_calls) > 0;
    perform ddp.add_notices(v_notices) where v_notices <> '[]';
    return query select p.post_id, p.status from public.social_posts p where p.post_id = any (v_posts) order by p.post_id;
end
$$;
comment on function ddp.record_social_calls(jsonb) is
    'Records what came of started calls. Each has call_id and outcome: published (external_id, permalink, published_at), failed '
    '(refused for good: code, reason), not_accepted (certainly not accepted: tried again `after` seconds), accepted (published in the platform''s own time: asked `after` seconds) '
    'or unknown (code, reason). '
    'After the lease was ended only published counts; and that always does. Returns the posts as they are now.';

revoke all on function
    ddp.social_verdict(uuid, integer, uuid), ddp.start_social_call(uuid, integer, uuid, interval, numeric, text, jsonb),
    ddp.start_social_calls(jsonb, integer, uuid, interval),
    ddp.record_social_call(ddp.social_calls, text, text, text, timestamptz, text, text, interval),
    ddp.record_social_calls(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.social_verdict(uuid, integer, uuid), ddp.start_social_call(uuid, integer, uuid, interval, numeric, text, jsonb),
    ddp.start_social_calls(jsonb, integer, uuid, interval),
    ddp.record_social_call(ddp.social_calls, text, text, text, timestamptz, text, text, interval),
    ddp.record_social_calls(jsonb)
    to service_role;

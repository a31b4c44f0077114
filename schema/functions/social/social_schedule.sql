-- requires: functions/social_own_posts.sql, functions/social_given.sql, functions/log_change.sql, policies/publishing.sql
-- requires: functions/social_templates.sql, functions/ask_for_posts.sql
-- When a post goes out, as people say it. Cancelling wins until the call has started: both lock the post.

create or replace function ddp.social_lead() returns interval
    language sql immutable
    set search_path = ''
    return interval '15 minutes';
comment on function ddp.social_lead() is 'How long before its time the preparation of a post begins.';

create or replace function ddp.enter_social_schedule(p_post_ids uuid[], p_at timestamptz, p_local timestamp, p_zone text)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_account public.social_accounts;
begin
    for v_account in
        select distinct a.* from public.social_accounts a
        join public.social_posts p on p.account_id = a.account_id
        where p.post_id = any (p_post_ids)
    loop
        perform ddp.require_account_active(v_account);
    end loop;
    update public.social_posts p
    set status = 'scheduled', scheduled_at = p_at, local_time = p_local, time_zone = p_zone, revision = p.revision + 1,
        problems = '[]', error_code = null, error_reason = null, slots = f.slots, sender_profile = f.sender_profile,
        request_id = coalesce(ddp.request_id(), p.request_id)
    from ddp.freeze_social_templates(p_post_ids) f
    where p.post_id = f.post_id;
    update public.social_post_parts t set status = 'waiting', error_code = null, error_reason = null
    where t.post_id = any (p_post_ids) and t.status in ('failed', 'skipped');
    -- The HTTP functions validate before they ask; what a browser asks for is validated by a worker, within a minute.
    -- Preparing validates again.
    insert into ddp.social_work (post_id, step, due_at)
    select
        i, case when session_user = 'ddp_api' or p_at - ddp.social_lead() <= now() then 'prepare' else 'validate' end,
        case when session_user = 'ddp_api' then greatest(now(), p_at - ddp.social_lead()) else now() end
    from unnest(p_post_ids) i
    order by i
    on conflict (post_id) do update
    set step = excluded.step, due_at = excluded.due_at, queued_until = null, leased_until = null, worker = null,
        attempts = 0, lost = 0;
    perform ddp.ask_for_posts(p_post_ids);
end
$$;
comment on function ddp.enter_social_schedule(uuid[], timestamptz, timestamp, text) is
    'Schedules locked posts, whose first step is due, and asks for the approval of those that need one. PT409 if one of their '
    'accounts is not active.';

create or replace function public.schedule_social_posts(
    p_post_ids uuid[], p_at timestamptz default null, p_local_time timestamp default null, p_time_zone text default null
) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_posts_in(
        p_post_ids, '{draft,scheduled,failed,missed,cancelled}',
        'Only a draft, a post that failed, was missed or was cancelled, or one that is scheduled and not yet being prepared can be scheduled.'
    );
    perform ddp.enter_social_schedule(
        p_post_ids, ddp.social_instant(p_at, p_local_time, p_time_zone), p_local_time, p_time_zone
    );
    return query select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id;
end
$$;
comment on function public.schedule_social_posts(uuid[], timestamptz, timestamp, text) is
    'Schedules own posts (1 to 100) for an instant, or for a local time in a time zone, within the next year. PT404, PT409 for a '
    'post that is being prepared or is out, PT422 for a time that does not exist.';

create or replace function public.unschedule_social_posts(p_post_ids uuid[]) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_posts_in(
        p_post_ids, '{scheduled,claimed,preparing,ready,draft}', 'Only a post that is scheduled can become a draft again.'
    );
    delete from ddp.social_work w where w.post_id = any (p_post_ids);
    delete from ddp.social_checkpoints c where c.post_id = any (p_post_ids);
    update public.social_posts p
    set status = 'draft', scheduled_at = null, local_time = null, time_zone = null, revision = p.revision + 1
    where p.post_id = any (p_post_ids);
    return query select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id;
end
$$;
comment on function public.unschedule_social_posts(uuid[]) is
    'Makes own scheduled posts drafts again, until their publication has started; PT404, PT409.';

create or replace function public.cancel_social_posts(p_post_ids uuid[]) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_posts_in(
        p_post_ids, '{draft,scheduled,claimed,preparing,ready,failed,missed,cancelled}',
        'Only a post whose publication has not started can be cancelled.'
    );
    perform ddp.cancel_locked_posts(p_post_ids);
    return query select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id;
end
$$;
comment on function public.cancel_social_posts(uuid[]) is
    'Cancels own posts, until their publication has started; PT404, PT409. Repeated, it changes nothing.';

create or replace function ddp.cancel_locked_posts(p_post_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    delete from ddp.social_work w where w.post_id = any (p_post_ids);
    delete from ddp.social_checkpoints c where c.post_id = any (p_post_ids);
    perform ddp.log_change(
        'social_posts', p.post_id, jsonb_build_object('status', p.status), '{"status": "cancelled"}'
    )
    from public.social_posts p where p.post_id = any (p_post_ids) and p.status <> 'cancelled';
    update public.social_posts p set status = 'cancelled', error_code = null, error_reason = null
    where p.post_id = any (p_post_ids) and p.status <> 'cancelled';
end
$$;
comment on function ddp.cancel_locked_posts(uuid[]) is 'Cancels posts that the caller has locked, and whose publication has not started.';

create or replace function public.publish_social_posts(p_post_ids uuid[]) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_fresh uuid[];
begin
    perform ddp.lock_posts_in(
        p_post_ids, '{draft,scheduled,claimed,preparing,ready,failed,missed,cancelled}',
        'Only a post whose publication has not started can be published now.'
    );
    v_fresh := array(
        select p.post_id from public.social_posts p
        where p.post_id = any (p_post_ids) and p.status not in ('preparing', 'ready')
        order by p.post_id
    );
    perform ddp.enter_social_schedule(v_fresh, now(), null, null) where cardinality(v_fresh) > 0;
    -- Under way already: only the last step comes earlier.
    update public.social_posts p set scheduled_at = now(), local_time = null, time_zone = null, revision = p.revision + 1
    where p.post_id = any (p_post_ids) and p.post_id <> all (v_fresh);
    update ddp.social_work w set due_at = now(), queued_until = null
    where w.post_id = any (p_post_ids) and w.step = 'finalise' and w.due_at > now();
    return query select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id;
end
$$;
comment on function public.publish_social_posts(uuid[]) is
    'Publishes own posts now: their preparation begins at once, and where it is under way, publication follows it. PT404, PT409.';

create or replace function public.retry_social_posts(p_post_ids uuid[]) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_whole uuid[];
    v_comments uuid[];
begin
    perform ddp.lock_posts_in(
        p_post_ids, '{failed,missed,published}', 'Only a post that failed or was missed can be tried again.'
    );
    v_whole := array(
        select p.post_id from public.social_posts p
        where p.post_id = any (p_post_ids) and p.status <> 'published' order by p.post_id
    );
    v_comments := array(
        select t.post_id from public.social_post_parts t
        where t.post_id = any (p_post_ids) and t.post_id <> all (v_whole) and t.part_no = 1
            and t.status in ('failed', 'skipped')
        order by t.post_id
    );
    perform ddp.require(
        (select count(distinct i) from unnest(p_post_ids) i) = cardinality(v_whole) + cardinality(v_comments), 'PT409',
        'A post that was published is not tried again.', '{"code": "wrong-status", "status": "published"}'
    );
    perform ddp.enter_social_schedule(v_whole, now(), null, null) where cardinality(v_whole) > 0;
    update public.social_post_parts t set status = 'waiting', error_code = null, error_reason = null
    where t.post_id = any (v_comments) and t.part_no = 1;
    insert into ddp.social_work (post_id, step, due_at)
    select i, 'comment', now() from unnest(v_comments) i
    on conflict (post_id) do nothing;
    perform ddp.log_change('social_posts', i, '{"comment": "failed"}', '{"comment": "waiting"}') from unnest(v_comments) i;
    return query select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id;
end
$$;
comment on function public.retry_social_posts(uuid[]) is
    'Tries own posts that failed or were missed again, now; of a published post, its first comment that failed. PT404, PT409.';

revoke all on function
    ddp.social_lead(), ddp.enter_social_schedule(uuid[], timestamptz, timestamp, text), ddp.cancel_locked_posts(uuid[]),
    public.schedule_social_posts(uuid[], timestamptz, timestamp, text), public.unschedule_social_posts(uuid[]),
    public.cancel_social_posts(uuid[]), public.publish_social_posts(uuid[]), public.retry_social_posts(uuid[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.social_lead() to service_role;
grant execute on function
    public.schedule_social_posts(uuid[], timestamptz, timestamp, text), public.unschedule_social_posts(uuid[]),
    public.cancel_social_posts(uuid[]), public.publish_social_posts(uuid[]), public.retry_social_posts(uuid[])
    to authenticated;

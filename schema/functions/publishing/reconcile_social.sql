-- requires: functions/settle_social_posts.sql, functions/end_social_steps.sql, functions/social_connections.sql
-- requires: functions/social_accounts.sql
-- Each minute: what was left behind. Posts that somebody has locked wait for the next run; at most so many at a time.

create or replace function ddp.end_social_leases(p_limit integer, out calls bigint, out steps bigint, out notices jsonb)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_one record;
begin
    calls := 0;
    steps := 0;
    notices := '[]';
    -- Posts first, as everybody; ordered by nothing: it waits for nobody.
    for v_one in
        select p.post_id, c.call_id, c.part_no
        from ddp.social_calls c
        join public.social_posts p on p.post_id = c.post_id
        where c.ended_at is null and c.leased_until <= clock_timestamp()
        limit p_limit
        for no key update of p, c skip locked
    loop
        update ddp.social_calls c set ended_at = clock_timestamp(), outcome = 'unknown', code = 'worker-lost' where c.call_id = v_one.call_id;
        perform ddp.unconfirm_social_part(
            v_one.post_id, v_one.part_no, 'worker-lost', 'The worker ended during the call: whether it was published is not known.'
        );
        calls := calls + 1;
    end loop;
    for v_one in
        select p.post_id, w.step, w.lost
        from ddp.social_work w
        join public.social_posts p on p.post_id = w.post_id
        where w.leased_until <= clock_timestamp()
        order by w.post_id
        limit p_limit
        for no key update of p, w skip locked
    loop
        if v_one.lost < 4 then
            update ddp.social_work w set leased_until = null, worker = null, queued_until = null, lost = w.lost + 1
            where w.post_id = v_one.post_id;
        elsif v_one.step = 'confirm' then
            perform ddp.unconfirm_social_part(v_one.post_id, 0, 'not-confirmed', 'Nobody could read what became of it.');
        elsif v_one.step = 'settle' then
            delete from ddp.social_work w where w.post_id = v_one.post_id;
            notices := notices || coalesce(ddp.social_notice(v_one.post_id, 'social-post-unconfirmed'), '[]');
        else
            notices := notices || coalesce(ddp.fail_social_part(
                v_one.post_id, case v_one.step when 'comment' then 1 else 0 end, 'work-crashes',
                'Five workers ended while they were at it: one of its files may be unreadable.'
            ), '[]');
        end if;
        steps := steps + 1;
    end loop;
end
$$;
comment on function ddp.end_social_leases(integer) is
    'Ends leases of workers that died: started calls become unconfirmed, steps are due again, and after five lost workers failed.';

create or replace function ddp.miss_social_posts(p_limit integer, out posts bigint, out comments bigint, out notices jsonb)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_one record;
begin
    posts := 0;
    comments := 0;
    notices := '[]';
    for v_one in
        select p.post_id
        from ddp.social_work w
        join public.social_posts p on p.post_id = w.post_id
        where w.due_at <= clock_timestamp() + interval '1 hour' and w.leased_until is null
            and p.status in ('scheduled', 'claimed', 'preparing', 'ready') and ddp.is_missed(p.scheduled_at)
        limit p_limit
        for no key update of p, w skip locked
    loop
        notices := notices || ddp.miss_social_post(v_one.post_id);
        posts := posts + 1;
    end loop;
    for v_one in
        select p.post_id, w.step
        from ddp.social_work w
        join public.social_posts p on p.post_id = w.post_id
        where w.due_at <= clock_timestamp() - case w.step when 'comment' then interval '1 hour' else interval '1 day' end
            and w.step in ('comment', 'confirm', 'settle') and w.leased_until is null
        limit p_limit
        for no key update of p, w skip locked
    loop
        if v_one.step = 'confirm' then
            -- Its account was not connected again. Once it is, within another day, the platform is still asked.
            perform ddp.unconfirm_social_part(
                v_one.post_id, 0, 'not-confirmed', 'The platform took it, and for a day could not be asked what became of it.'
            );
        else
            delete from ddp.social_work w where w.post_id = v_one.post_id;
        end if;
        update public.social_post_parts t
        set status = 'skipped', error_code = 'missed', error_reason = 'It could not go out within an hour of the post.'
        where t.post_id = v_one.post_id and t.part_no = 1 and t.status = 'waiting' and v_one.step = 'comment';
        notices := notices || ddp.social_notice(
            v_one.post_id, case v_one.step when 'comment' then 'social-comment-missed' else 'social-post-unconfirmed' end
        );
        comments := comments + (v_one.step = 'comment')::integer;
    end loop;
end
$$;
comment on function ddp.miss_social_posts(integer) is
    'Posts that have not started an hour after their time are missed, and first comments an hour after their post. What could not be '
    'read for a day is left to a person, and what could not be confirmed for a day is unconfirmed.';

create or replace function ddp.repair_social_work(p_limit integer, out expired bigint, out repaired bigint)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_one record;
begin
    expired := 0;
    repaired := 0;
    -- The platform forgets what was prepared: it is prepared again.
    for v_one in
        select p.post_id, w.step
        from ddp.social_checkpoints c
        join ddp.social_work w on w.post_id = c.post_id
        join public.social_posts p on p.post_id = c.post_id
        where c.expires_at <= clock_timestamp() and c.part_no = 0 and w.leased_until is null
            and w.step in ('prepare', 'check', 'finalise')
        limit p_limit
        for no key update of p, w skip locked
    loop
        delete from ddp.social_checkpoints c where c.post_id = v_one.post_id and c.part_no = 0;
        perform ddp.set_social_step(v_one.post_id, 'prepare', clock_timestamp()) where v_one.step <> 'prepare';
        update public.social_posts p set status = 'preparing' where p.post_id = v_one.post_id and p.status = 'ready';
        expired := expired + 1;
    end loop;
    -- A post that waits for a step that nobody knows of.
    for v_one in
        select p.post_id, p.status, p.scheduled_at
        from public.social_posts p
        where p.status in ('scheduled', 'claimed', 'preparing', 'ready', 'publishing')
            and p.scheduled_at between clock_timestamp() - interval '7 days' and clock_timestamp() + interval '20 minutes'
            and not exists (select from ddp.social_work w where w.post_id = p.post_id)
        limit p_limit
        for no key update of p skip locked
    loop
        if v_one.status = 'publishing' then
            perform ddp.unconfirm_social_part(v_one.post_id, 0, 'worker-lost', 'Whether it was published is not known.');
        else
            update public.social_posts p set status = 'scheduled' where p.post_id = v_one.post_id and p.status <> 'scheduled';
            perform ddp.set_social_step(v_one.post_id, 'validate', clock_timestamp());
        end if;
        repaired := repaired + 1;
    end loop;
end
$$;
comment on function ddp.repair_social_work(integer) is
    'Prepares again what the platform has forgotten, and gives posts that wait without a next step one.';

create or replace function ddp.reconcile_social(p_limit integer default 1000) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_leases record;
    v_missed record;
    v_repairs record;
    v_reconnects integer := 0;
    v_account_id uuid;
begin
    select * into v_leases from ddp.end_social_leases(p_limit);
    select * into v_missed from ddp.miss_social_posts(p_limit);
    select * into v_repairs from ddp.repair_social_work(p_limit);
    perform ddp.add_notices(v_leases.notices || v_missed.notices) where v_leases.notices || v_missed.notices <> '[]';
    perform ddp.ask_for_due_posts(p_limit);
    -- Twice a worker died while it renewed the tokens: nobody knows which pair works.
    for v_account_id in
        select t.account_id from ddp.social_tokens t
        join public.social_accounts a on a.account_id = t.account_id and a.status = 'active'
        where t.refresh_starts >= 2 and t.refresh_claimed_until <= clock_timestamp()
        order by t.account_id
        limit p_limit
    loop
        v_reconnects := v_reconnects + ddp.social_credentials_expired(
            v_account_id, 'Connect this account again: renewing its token was interrupted.'
        )::integer;
    end loop;
    return jsonb_build_object(
        'unconfirmed', v_leases.calls, 'released', v_leases.steps, 'missed', v_missed.posts,
        'comments_missed', v_missed.comments, 'expired', v_repairs.expired, 'repaired', v_repairs.repaired,
        'reconnects', v_reconnects, 'connections_forgotten', ddp.forget_social_connections()
    );
end
$$;
comment on function ddp.reconcile_social(integer) is
    'Each minute, before ddp.due_social_steps: ends leases of dead workers, notes what was missed, prepares again what platforms have '
    'forgotten. Returns how many of each.';

create or replace function ddp.social_budget_used_percent() returns double precision
    language sql stable
    set search_path = ''
    return (
        -- By the budget as it is set now: that of the row is brought up to date by the next call that costs.
        select coalesce(max(100 * (b.reserved + b.charged) / s.monthly_budget), 0)
        from ddp.budgets b
        join ddp.social_budgets s on s.user_id = b.owner_id and s.monthly_budget > 0
        where b.scope = 'social_month' and b.period = ddp.social_month(now())
    );
comment on function ddp.social_budget_used_percent() is
    'How much of this month''s budget for posts whoever has used most of theirs has used up, in per cent; 0: nobody has a budget.';

create or replace function ddp.social_figures() returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'oldest_due_seconds', coalesce((
            select extract(epoch from clock_timestamp() - min(w.due_at))
            from ddp.social_work w
            join public.social_posts p on p.post_id = w.post_id
            join public.social_accounts a on a.account_id = p.account_id and a.status = 'active'
            where w.due_at <= clock_timestamp() and w.step <> 'settle'
                and coalesce(w.leased_until, '-infinity') <= clock_timestamp()
        ), 0),
        'due', (select count(*) from ddp.social_work w where w.due_at <= clock_timestamp() and w.step <> 'settle'),
        'waiting_for_accounts', (
            select count(*) from ddp.social_work w
            join public.social_posts p on p.post_id = w.post_id
            join public.social_accounts a on a.account_id = p.account_id and a.status <> 'active'
            where w.due_at <= clock_timestamp()
        ),
        'unconfirmed', (select count(*) from public.social_post_parts t where t.status = 'unconfirmed'),
        'left_to_people', (
            select count(*) from public.social_post_parts t
            where t.status = 'unconfirmed' and not exists (select from ddp.social_work w where w.post_id = t.post_id)
        ),
        'unconfirmed_new', (
            select count(*) from ddp.social_calls c
            join public.social_post_parts t on t.post_id = c.post_id and t.part_no = c.part_no and t.status = 'unconfirmed'
            -- What was accepted is asked for an hour before it is unconfirmed.
            where c.ended_at >= clock_timestamp() - case c.outcome when 'accepted' then interval '75 minutes' else interval '15 minutes' end
                and c.outcome in ('accepted', 'unknown')
        ),
        'budget_used_percent', round(ddp.social_budget_used_percent()),
        'reconnect', (select count(*) from public.social_accounts a where a.status = 'reconnect'),
        'reconnect_new', (
            select count(*) from public.social_accounts a
            where a.status = 'reconnect' and exists (
                select from public.notices n
                where n.user_id = a.user_id and n.cause = 'social-account-reconnect' and n.subject_id = a.account_id
                    -- Reading a notice is an update, too.
                    and n.read_at is null and n.updated_at >= clock_timestamp() - interval '15 minutes'
            )
        )
    )
$$;
comment on function ddp.social_figures() is
    'For alarms: seconds since the oldest step of an active account fell due that nobody works on, posts that wait for an account, '
    'parts of posts that are unconfirmed and of these those left to a person, accounts that have to be connected again, how much of a month''s budget is used. `…_new` are '
    'those of the last 15 minutes.';

revoke all on function
    ddp.end_social_leases(integer), ddp.miss_social_posts(integer), ddp.repair_social_work(integer),
    ddp.reconcile_social(integer), ddp.social_budget_used_percent(), ddp.social_figures()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.end_social_leases(integer), ddp.miss_social_posts(integer), ddp.repair_social_work(integer),
    ddp.reconcile_social(integer), ddp.social_budget_used_percent(), ddp.social_figures()
    to service_role;

-- requires: functions/social_calls.sql, functions/social_own_posts.sql, functions/log_change.sql
-- What is unconfirmed is settled by reading, or by a person. Absence from a list proves nothing.

create or replace function ddp.settle_social_part(
    p_post public.social_posts, p_part_no integer, p_outcome text, p_external_id text, p_permalink text, p_at timestamptz,
    p_code text, p_reason text, p_is_retried boolean
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_call ddp.social_calls;
    v_notice jsonb;
begin
    select c.* into v_call from ddp.social_calls c
    where c.post_id = p_post.post_id and c.part_no = p_part_no
    order by c.attempt desc
    limit 1;
    if p_outcome = 'published' then
        perform ddp.publish_social_part(
            p_post.post_id, p_part_no, p_external_id, p_permalink, coalesce(p_at, v_call.started_at, now())
        );
    elsif p_is_retried and not (p_part_no = 0 and ddp.is_missed(p_post.scheduled_at)) then
        perform ddp.ready_social_part(p_post.post_id, p_part_no, clock_timestamp());
    else
        v_notice := ddp.fail_social_part(
            p_post.post_id, p_part_no, coalesce(p_code, 'not-published'), coalesce(p_reason, 'The platform did not publish it.')
        );
    end if;
    update ddp.social_calls c
    set outcome = case p_outcome when 'published' then 'published' else 'failed' end,
        external_id = coalesce(c.external_id, left(p_external_id, 255))
    where c.call_id = v_call.call_id;
    perform ddp.settle_social_money(
        array[v_call.call_id], array[case p_outcome when 'published' then 'charged' else 'released' end]
    ) where v_call.call_id is not null;
    return v_notice;
end
$$;
comment on function ddp.settle_social_part(
    public.social_posts, integer, text, text, text, timestamptz, text, text, boolean
) is 'An unconfirmed part of a locked post was published, or certainly was not; returns the notice that its owner gets, or null.';

create or replace function ddp.read_again(p_post_id uuid, p_part_no integer) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_reads constant integer := 1 + (select w.attempts from ddp.social_work w where w.post_id = p_post_id);
    v_step constant text := (select w.step from ddp.social_work w where w.post_id = p_post_id);
    v_ended_at constant timestamptz := (
        select max(c.ended_at) from ddp.social_calls c where c.post_id = p_post_id and c.part_no = p_part_no
    );
begin
    if exists (
        select from public.social_posts p
        join public.social_accounts a on a.account_id = p.account_id
        where p.post_id = p_post_id and a.status <> 'active'
    ) then
        -- The platform refused the account, and showed nothing: no read, and none of those that there are. It waits for the account.
        update ddp.social_work w
        set queued_until = null, leased_until = null, worker = null, lost = 0, due_at = clock_timestamp()
        where w.post_id = p_post_id;
        return null;
    end if;
    if v_step = 'confirm' then
        -- It was accepted: platforms mostly take seconds, and some an hour.
        if v_ended_at > clock_timestamp() - interval '1 hour' then
            update ddp.social_work w
            set attempts = v_reads, queued_until = null, leased_until = null, worker = null, lost = 0,
                due_at = clock_timestamp() + least(v_reads, 10) * interval '30 seconds'
            where w.post_id = p_post_id;
        else
            perform ddp.unconfirm_social_part(p_post_id, p_part_no, 'not-confirmed', 'The platform took it, and never said that it is out.');
        end if;
        return null;
    end if;
    if ddp.social_read_after(v_reads) is null then
        delete from ddp.social_work w where w.post_id = p_post_id;
        return ddp.social_notice(p_post_id, 'social-post-unconfirmed');
    end if;
    update ddp.social_work w
    set attempts = v_reads, queued_until = null, leased_until = null, worker = null, lost = 0,
        -- Where time has passed without reads, such as with an account that had to be connected again, they do not come at once.
        due_at = greatest(
            clock_timestamp() + interval '1 minute', coalesce(v_ended_at, clock_timestamp()) + ddp.social_read_after(v_reads)
        )
    where w.post_id = p_post_id;
    return null;
end
$$;
comment on function ddp.read_again(uuid, integer) is
    'A read found nothing that proves anything: there is another later, or (the notice that is returned) it is left to a person.';

create or replace function ddp.social_found(p_worker uuid, p_results jsonb)
    returns table (post_id uuid, status public.social_post_status)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_posts constant uuid[] := array(select g.post_id from jsonb_to_recordset(p_results) g (post_id uuid));
    v_one record;
    v_notices jsonb := '[]';
begin
    perform from public.social_posts p where p.post_id = any (v_posts) order by p.post_id for no key update;
    for v_one in
        select p as post, g.*, e.outcome as proved, t.status as part_status
        from jsonb_to_recordset(p_results) g (
            post_id uuid, part_no integer, outcome text, external_id text, permalink text, published_at timestamptz, code text,
            reason text, is_retried boolean
        )
        join public.social_posts p on p.post_id = g.post_id
        join public.social_post_parts t on t.post_id = g.post_id and t.part_no = coalesce(g.part_no, 0)
            and t.status in ('unconfirmed', 'calling')
        cross join lateral (
            select case when g.outcome = 'published' and t.part_no = 0 and (
                -- What was found is another post of the account, which says the same.
                exists (
                    select from public.social_posts o
                    where o.account_id = p.account_id and o.post_id <> p.post_id
                        and o.external_post_id = left(g.external_id, 255)
                )
                -- These platforms' posts are found by what they say: it may be that of another call, whose answer may still come.
                or exists (
                    select from public.social_post_parts x
                    join public.social_posts o on o.post_id = x.post_id and o.account_id = p.account_id
                    join public.social_accounts a on a.account_id = o.account_id and a.platform in ('twitter', 'linkedin')
                    where x.part_no = 0 and x.status in ('calling', 'unconfirmed') and x.post_id <> p.post_id
                        and o.post_content = p.post_content
                )
            ) then 'unsure' else g.outcome end as outcome
        ) e
        where e.outcome = 'published' or exists (
            select from ddp.social_work w
            where w.post_id = g.post_id and w.worker = p_worker and w.leased_until > clock_timestamp()
                and w.step = case t.status when 'calling' then 'confirm' else 'settle' end
        )
        order by g.post_id
    loop
        if v_one.proved = 'unaskable' and v_one.part_status = 'calling' then
            perform ddp.unconfirm_social_part(
                v_one.post_id, coalesce(v_one.part_no, 0), 'not-confirmed',
                'The platform took it, and what it would be asked with can no longer be read.'
            );
            continue;
        end if;
        v_notices := v_notices || coalesce(case
            when v_one.proved in ('published', 'absent') then ddp.settle_social_part(
                v_one.post, coalesce(v_one.part_no, 0), v_one.proved, v_one.external_id, v_one.permalink, v_one.published_at,
                v_one.code, v_one.reason, coalesce(v_one.is_retried, false)
            )
            else ddp.read_again(v_one.post_id, coalesce(v_one.part_no, 0))
        end, '[]');
    end loop;
    perform ddp.add_notices(v_notices) where v_notices <> '[]';
    return query select p.post_id, p.status from public.social_posts p where p.post_id = any (v_posts) order by p.post_id;
end
$$;
comment on function ddp.social_found(uuid, jsonb) is
    'What reads of unconfirmed posts, and of accepted ones, found. Each has post_id, part_no and outcome: published (external_id, permalink, published_at; '
    'counts whoever holds the lease, unless it is, or may be, another post of the account that says the same), absent (proof by id that it is not there: failed with code and reason, or with is_retried ready '
    'again) or unsure (nothing that proves anything: read again after 5, 15, 60 minutes, then left to a person, with a notice; of an '
    'accepted post within the hour; what the account kept from being read counts for nothing) or unaskable (what it is '
    'asked with is lost: as unsure, but an accepted post is unconfirmed at once).';

create or replace function public.settle_social_post(
    p_post_id uuid, p_is_published boolean, p_external_id text default null, p_part_no integer default 0
) returns public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_post public.social_posts;
begin
    select l.* into v_post from ddp.lock_own_posts(array[p_post_id]) l;
    perform ddp.require(
        p_is_published is not null and coalesce(length(p_external_id), 0) <= 255, 'PT422',
        'Say whether it was published, and if so its id on the platform, of at most 255 characters.', '{"code": "invalid-settlement"}'
    );
    perform ddp.require(
        exists (
            select from public.social_post_parts t
            where t.post_id = p_post_id and t.part_no = p_part_no and t.status = 'unconfirmed'
        ), 'PT409', format(
            'Only an unconfirmed post, or an unconfirmed first comment (part 1), can be settled. The post itself is %s.', v_post.status
        ),
        jsonb_build_object('code', 'wrong-status', 'post_id', p_post_id, 'status', v_post.status, 'revision', v_post.revision)
    );
    perform ddp.log_change(
        'social_posts', p_post_id, jsonb_build_object('part_no', p_part_no, 'status', 'unconfirmed'),
        jsonb_build_object(
            'part_no', p_part_no, 'status', case when p_is_published then 'published' else 'failed' end,
            'external_id', p_external_id
        )
    );
    perform ddp.settle_social_part(
        v_post, p_part_no, case when p_is_published then 'published' else 'absent' end, p_external_id, null, null,
        'settled-not-published', 'A person looked: it was not published.', false
    );
    select p.* into strict v_post from public.social_posts p where p.post_id = p_post_id;
    return v_post;
end
$$;
comment on function public.settle_social_post(uuid, boolean, text, integer) is
    'A person says whether an unconfirmed own post (part 0), or its first comment (1), was published: it is published, or failed and '
    'can be tried again. Audited. PT404, PT409, PT422.';

revoke all on function
    ddp.settle_social_part(public.social_posts, integer, text, text, text, timestamptz, text, text, boolean),
    ddp.read_again(uuid, integer), ddp.social_found(uuid, jsonb),
    public.settle_social_post(uuid, boolean, text, integer)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.settle_social_part(public.social_posts, integer, text, text, text, timestamptz, text, text, boolean),
    ddp.read_again(uuid, integer), ddp.social_found(uuid, jsonb)
    to service_role;
grant execute on function public.settle_social_post(uuid, boolean, text, integer) to authenticated;

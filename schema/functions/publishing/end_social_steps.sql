-- requires: functions/social_outcomes.sql, functions/social_schedule.sql
-- What came of the steps that can be repeated: validating, preparing, checking; and of those that were put off.

create or replace function ddp.end_social_step(
    p_post public.social_posts, p_work ddp.social_work, p_outcome text, p_step text, p_after interval, p_code text,
    p_reason text, p_problems jsonb
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_part_no constant integer := case p_work.step when 'comment' then 1 else 0 end;
begin
    if p_outcome = 'retry' then
        update ddp.social_work w
        set due_at = clock_timestamp() + p_after, queued_until = null, leased_until = null, worker = null,
            attempts = least(w.attempts + 1, 30000), lost = 0
        where w.post_id = p_post.post_id;
        -- Why it waits, where that is known.
        update public.social_posts p set error_code = left(p_code, 50), error_reason = left(p_reason, 500)
        where v_part_no = 0 and p.post_id = p_post.post_id and p.error_reason is distinct from left(p_reason, 500);
    elsif p_outcome = 'failed' then
        return ddp.fail_social_part(p_post.post_id, v_part_no, p_code, p_reason);
    elsif p_outcome = 'problems' then
        delete from ddp.social_work w where w.post_id = p_post.post_id;
        delete from ddp.social_checkpoints c where c.post_id = p_post.post_id;
        update public.social_posts p set status = 'draft', problems = p_problems, revision = p.revision + 1
        where p.post_id = p_post.post_id;
        return ddp.social_notice(p_post.post_id, 'social-post-problems');
    elsif p_outcome = 'next' and p_step = 'finalise' then
        update public.social_posts p set status = 'ready' where p.post_id = p_post.post_id;
        perform ddp.set_social_step(p_post.post_id, 'finalise', p_post.scheduled_at);
    elsif p_outcome = 'next' and p_step = 'prepare' and p_work.step = 'validate' then
        perform ddp.set_social_step(
            p_post.post_id, 'prepare', greatest(clock_timestamp(), p_post.scheduled_at - ddp.social_lead())
        );
    elsif p_outcome = 'next' and p_step in ('prepare', 'check') then
        update public.social_posts p set status = 'preparing' where p.post_id = p_post.post_id and p.status <> 'preparing';
        perform ddp.set_social_step(p_post.post_id, p_step, clock_timestamp() + coalesce(p_after, '0'));
    else
        raise exception 'A step cannot end with outcome % and next step %.', p_outcome, p_step;
    end if;
    update public.social_posts p set error_code = null, error_reason = null
    where p_outcome = 'next' and p.post_id = p_post.post_id and p.error_code is not null;
    return null;
end
$$;
comment on function ddp.end_social_step(public.social_posts, ddp.social_work, text, text, interval, text, text, jsonb) is
    'One result of end_social_steps(); returns the notice that the owner gets, or null.';

create or replace function ddp.end_social_steps(p_worker uuid, p_results jsonb, p_within interval default interval '2 minutes')
    returns table (post_id uuid, step varchar, delay interval, owner_id uuid)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_given constant uuid[] := array(select g.post_id from jsonb_to_recordset(p_results) g (post_id uuid));
    v_one record;
    v_ended uuid[] := '{}';
    v_notices jsonb := '[]';
begin
    perform from public.social_posts p where p.post_id = any (v_given) order by p.post_id for no key update;
    for v_one in
        select p as post, w as work, g.*
        from jsonb_to_recordset(p_results) g (
            post_id uuid, outcome text, step text, after double precision, code text, reason text, problems jsonb, state text,
            state_expires_at timestamptz
        )
        join public.social_posts p on p.post_id = g.post_id
        -- Only what is still the worker's.
        join ddp.social_work w on w.post_id = g.post_id and w.worker = p_worker and w.leased_until > clock_timestamp()
        where w.step not in ('confirm', 'settle') and p.status <> 'publishing'
        order by g.post_id
    loop
        perform ddp.save_social_checkpoint(
            v_one.post_id, case (v_one.work).step when 'comment' then 1 else 0 end, p_worker, v_one.state, v_one.state_expires_at
        ) where v_one.state is not null;
        v_notices := v_notices || coalesce(ddp.end_social_step(
            v_one.post, v_one.work, v_one.outcome, v_one.step, make_interval(secs => coalesce(v_one.after, 0)), v_one.code,
            v_one.reason, coalesce(v_one.problems, '[]')
        ), '[]');
        v_ended := v_ended || v_one.post_id;
    end loop;
    perform ddp.add_notices(v_notices) where v_notices <> '[]';
    return query
    with queued as (
        update ddp.social_work w set queued_until = greatest(w.due_at, now()) + interval '25 seconds'
        from public.social_posts p
        where w.post_id = any (v_ended) and p.post_id = w.post_id and w.due_at <= now() + p_within
        returning w.post_id, w.step, w.due_at, p.created_by_user_id
    )
    select q.post_id, q.step, greatest(q.due_at - clock_timestamp(), interval '0'), q.created_by_user_id from queued q;
end
$$;
comment on function ddp.end_social_steps(uuid, jsonb, interval) is
    'Ends steps that the worker still holds; results of others are ignored. Each has post_id and outcome: next (with `step`: prepare, '
    'check or finalise, and for check `after` seconds), retry (the same step after `after` seconds; code and reason say why), problems (the post becomes a '
    'draft with these problems) or failed (code, reason); and may have `state` (ciphertext) and state_expires_at, the new '
    'checkpoint. Returns the steps that follow soon, noted as queued: send a message about each, to arrive after `delay`.';

revoke all on function
    ddp.end_social_step(public.social_posts, ddp.social_work, text, text, interval, text, text, jsonb),
    ddp.end_social_steps(uuid, jsonb, interval)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.end_social_step(public.social_posts, ddp.social_work, text, text, interval, text, text, jsonb),
    ddp.end_social_steps(uuid, jsonb, interval)
    to service_role;

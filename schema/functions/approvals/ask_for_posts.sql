-- requires: functions/request_approvals.sql, policies/publishing.sql, policies/social_posts.sql
-- Posts that are scheduled ask by themselves: nobody sends them at a moment of their own.

create or replace function ddp.ask_for_posts(p_post_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_waiting constant uuid[] := array(
        select p.post_id from public.social_posts p
        where p.post_id = any (p_post_ids) and p.status in ('scheduled', 'claimed', 'preparing', 'ready') and ddp.post_waits(p)
        order by p.post_id
    );
begin
    perform ddp.supersede_approvals(p_post_ids);
    perform ddp.ask_approvals(v_waiting) where v_waiting <> '{}';
    update public.social_posts p
    set error_code = case when p.post_id = any (v_waiting) then 'waits-for-approval' end,
        error_reason = case when p.post_id = any (v_waiting) then 'It waits for the approval of the campaign''s brand.' end
    where p.post_id = any (p_post_ids)
        and (p.error_code in ('waits-for-approval', 'approval-refused') or p.error_code is null and p.post_id = any (v_waiting))
        -- What was refused stays so until its content changes.
        and (
            p.post_id <> all (v_waiting)
            or exists (select from public.approvals a where a.message_id = p.post_id and a.state = 'waiting')
        );
end
$$;
comment on function ddp.ask_for_posts(uuid[]) is
    'Asks for the approval of those of these posts (locked by the caller) that are scheduled and need one, and ends requests about '
    'what they were before. Adds notices: call it last.';

create or replace function ddp.ask_for_due_posts(p_limit integer) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.ask_for_posts(array(
        select p.post_id
        from ddp.social_work w
        join public.social_posts p on p.post_id = w.post_id
        where w.due_at <= clock_timestamp() and w.step = 'prepare' and p.campaign_id is not null and ddp.post_waits(p)
            and not exists (select from public.approvals a where a.message_id = p.post_id and a.state = 'waiting')
        order by p.post_id
        limit p_limit
        for no key update of p skip locked
    ))
$$;
comment on function ddp.ask_for_due_posts(integer) is
    'Asks for posts that are due and wait without a request: what was changed past the functions, or while the rule changed.';
revoke all on function ddp.ask_for_posts(uuid[]), ddp.ask_for_due_posts(integer) from public, anon, authenticated, service_role;
grant execute on function ddp.ask_for_posts(uuid[]), ddp.ask_for_due_posts(integer) to service_role;

-- requires: functions/require_active_user.sql, functions/social_money.sql, policies/social_posts.sql, policies/social_accounts.sql, policies/publishing.sql
-- What those who see a post see of it that lies in tables of others: the account's name, its calls and next step.

create or replace function ddp.visible_social_post(p_post_id uuid) returns public.social_posts
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_post public.social_posts;
begin
    -- As the policy `read` on `social_posts`; a test compares the two.
    select p.* into v_post
    from public.social_posts p
    where p.post_id = p_post_id
        and (
            p.created_by_user_id = v_user_id
            or ddp.active_user_type() is not distinct from 'admin'
            or p.campaign_owner_id = v_user_id and p.status <> 'draft'
            and (p.status <> 'cancelled' or p.scheduled_at is not null)
        );
    perform ddp.require(v_post.post_id is not null, 'PT404', 'There is no such post.', '{"code": "post-not-found"}');
    return v_post;
end
$$;
comment on function ddp.visible_social_post(uuid) is 'The post, if the acting user may see it; else PT404.';

create or replace function ddp.social_post_history(p_post_id uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_post constant public.social_posts := ddp.visible_social_post(p_post_id);
    -- What it cost is the business of whoever pays.
    v_pays constant boolean := v_post.created_by_user_id = ddp.active_user_id()
        or ddp.active_user_type() is not distinct from 'admin';
begin
    return jsonb_build_object(
        'calls', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'part_no', c.part_no, 'attempt', c.attempt, 'started_at', c.started_at, 'ended_at', c.ended_at,
                'outcome', c.outcome, 'external_id', c.external_id, 'code', c.code, 'reason', c.reason,
                'price', case when v_pays then c.price::text end,
                'is_charged', case when v_pays then c.reservation = 'charged' end
            ) order by c.started_at, c.call_id), '[]')
            from (
                select l.* from ddp.social_calls l where l.post_id = p_post_id
                order by l.started_at desc, l.call_id desc limit 100
            ) c
        ),
        'next_step', (
            select jsonb_build_object('step', w.step, 'due_at', w.due_at, 'attempts', w.attempts)
            from ddp.social_work w where w.post_id = p_post_id
        )
    );
end
$$;
comment on function ddp.social_post_history(uuid) is
    'The last 100 calls of a post that the acting user sees, and its next step (null: none); prices only for the account''s members and '
    'administrators. PT404.';

create or replace function ddp.social_faces(p_account_ids uuid[])
    returns table (account_id uuid, platform public.social_platform, account_handle varchar, account_name varchar)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.active_user_id();
    v_is_admin constant boolean := ddp.active_user_type() is not distinct from 'admin';
begin
    return query
    select a.account_id, a.platform, a.account_handle, a.account_name
    from public.social_accounts a
    where a.account_id = any (p_account_ids)
        and (
            a.user_id = v_user_id
            or v_is_admin
            -- As the policy of posts: what goes out for one's campaign shows through which account.
            or exists (
                select from public.social_posts p
                where p.account_id = a.account_id and p.campaign_owner_id = v_user_id and p.status <> 'draft'
                    and (p.status <> 'cancelled' or p.scheduled_at is not null)
            )
        );
end
$$;
comment on function ddp.social_faces(uuid[]) is
    'Platform, handle and name of accounts: one''s own, and those whose posts for an own campaign the acting user sees.';

drop function if exists ddp.social_quotas_used(jsonb);
create or replace function ddp.social_quotas_used(p_quotas jsonb)
    returns table (quota text, owner_id uuid, used integer, cap integer)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_is_admin constant boolean := ddp.active_user_type() is not distinct from 'admin';
begin
    return query
    select u.quota, nullif(u.owner_id, '00000000-0000-0000-0000-000000000000'), coalesce((q.reserved + q.charged)::integer, 0),
        u.cap
    from ddp.quotas_of(ddp.with_fair_shares(p_quotas)) u
    left join ddp.social_quotas q on q.quota = u.quota and q.owner_id = u.owner_id
    where v_is_admin
        or u.owner_id in ('00000000-0000-0000-0000-000000000000', v_user_id)
        or exists (select from public.social_accounts a where a.account_id = u.owner_id and a.user_id = v_user_id);
end
$$;
comment on function ddp.social_quotas_used(jsonb) is
    'What is used of quotas of platforms (quota, owner_id: an own account, oneself, null: the application''s as a whole), and how much '
    'there is; with is_share a fair share.';

revoke all on function
    ddp.visible_social_post(uuid), ddp.social_post_history(uuid), ddp.social_faces(uuid[]), ddp.social_quotas_used(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.social_post_history(uuid), ddp.social_faces(uuid[]), ddp.social_quotas_used(jsonb)
    to authenticated;

-- requires: functions/require_active_user.sql, functions/visible_campaign.sql, policies/social_posts.sql
-- requires: policies/social_accounts.sql
-- Whose posts and accounts a person may work on. Whatever changes a post, or its next step, locks the post first, several
-- in the order of their ids; then what belongs to it. So nothing here waits for each other in a circle.

create or replace function ddp.lock_own_posts(p_post_ids uuid[]) returns setof public.social_posts
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_is_admin constant boolean := ddp.active_user_type() is not distinct from 'admin';
    v_count bigint;
begin
    perform ddp.require(
        cardinality(p_post_ids) between 1 and 100 and array_position(p_post_ids, null) is null, 'PT422',
        'Name 1 to 100 posts.', '{"code": "invalid-posts"}'
    );
    return query
    select p.* from public.social_posts p
    where p.post_id = any (p_post_ids) and (p.created_by_user_id = v_user_id or v_is_admin)
    order by p.post_id
    for no key update;
    get diagnostics v_count = row_count;
    perform ddp.require(
        v_count = (select count(distinct i) from unnest(p_post_ids) i), 'PT404', 'There is no such post, or it is not yours.',
        '{"code": "post-not-found"}'
    );
end
$$;
comment on function ddp.lock_own_posts(uuid[]) is
    'Posts through accounts of the acting user, or any for an administrator, locked; PT404 unless all of them are.';

create or replace function ddp.lock_posts_in(p_post_ids uuid[], p_statuses public.social_post_status[], p_sentence text)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_post public.social_posts;
begin
    for v_post in select l.* from ddp.lock_own_posts(p_post_ids) l loop
        perform ddp.require(
            v_post.status = any (p_statuses), 'PT409', format('%s This post is %s.', p_sentence, v_post.status),
            jsonb_build_object(
                'code', 'wrong-status', 'post_id', v_post.post_id, 'status', v_post.status, 'revision', v_post.revision
            )
        );
    end loop;
end
$$;
comment on function ddp.lock_posts_in(uuid[], public.social_post_status[], text) is
    'Locks own posts (see lock_own_posts) that must be in one of these states: else PT409 with the sentence.';

create or replace function ddp.require_account_active(p_account public.social_accounts) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_account.status <> 'disconnected', 'PT409', 'This account is disconnected: connect it again first.',
        jsonb_build_object('code', 'account-disconnected', 'account_id', p_account.account_id)
    );
    perform ddp.require(
        p_account.status = 'active', 'PT409',
        concat_ws(' ', 'This account has to be connected again before anything is posted through it.', p_account.status_reason),
        jsonb_build_object('code', 'account-reconnect', 'account_id', p_account.account_id)
    );
end
$$;
comment on function ddp.require_account_active(public.social_accounts) is 'PT409 unless posts can go out through the account.';

create or replace function ddp.share_own_accounts(p_account_ids uuid[]) returns setof public.social_accounts
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_account public.social_accounts;
    v_found uuid[] := '{}';
begin
    -- Whoever disconnects one waits, and then sees the new posts.
    for v_account in
        select a.* from public.social_accounts a
        where a.account_id = any (p_account_ids) and a.user_id = v_user_id
        order by a.account_id
        for share
    loop
        perform ddp.require_account_active(v_account);
        v_found := v_found || v_account.account_id;
        return next v_account;
    end loop;
    perform ddp.require(
        p_account_ids <@ v_found, 'PT404', 'You have no such social account.', '{"code": "account-not-found"}'
    );
end
$$;
comment on function ddp.share_own_accounts(uuid[]) is
    'Accounts of the acting user, locked against disconnecting: PT404 unless all are, PT409 unless all are active.';

create or replace function ddp.lock_own_account(p_account_id uuid, p_at_least public.member_role)
    returns public.social_accounts
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_member(p_at_least);
    v_account public.social_accounts;
begin
    select a.* into v_account from public.social_accounts a
    where a.account_id = p_account_id
        and (a.user_id = v_user_id or ddp.active_user_type() is not distinct from 'admin')
    for no key update;
    perform ddp.require(
        v_account.account_id is not null, 'PT404', 'You have no such social account.', '{"code": "account-not-found"}'
    );
    return v_account;
end
$$;
comment on function ddp.lock_own_account(uuid, public.member_role) is
    'A social account of the acting user, or any for an administrator, locked; PT404, PT403 for a lower role.';

revoke all on function
    ddp.lock_own_posts(uuid[]), ddp.lock_posts_in(uuid[], public.social_post_status[], text),
    ddp.require_account_active(public.social_accounts), ddp.share_own_accounts(uuid[]),
    ddp.lock_own_account(uuid, public.member_role)
    from public, anon, authenticated, service_role;

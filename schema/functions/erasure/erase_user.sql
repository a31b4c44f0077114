-- requires: functions/hosted_images.sql, functions/set_user_access.sql, functions/erased_email.sql, policies/approvals.sql
-- requires: functions/erase_exports.sql
-- What stands of a user beside the address. The row and its id stay: facts refer to them, and nobody can tell whose they
-- were. What the account made (campaigns, files) is the account's, and stays; of its posts, the texts go.

create or replace function ddp.erase_account(p_user_id uuid) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_users bigint;
    v_accounts bigint;
    v_plans bigint;
begin
    perform ddp.change_access(u.user_id, null, false) from public.users u where u.user_id = p_user_id and u.is_active;
    update public.users u
    set user_email = ddp.erased_email(u.user_id), user_name = 'Erased user', profile_data = '{}'
    where u.user_id = p_user_id and u.user_email <> ddp.erased_email(u.user_id);
    get diagnostics v_users = row_count;
    update public.retailer_scores s set retailer_name = 'Erased user'
    where s.retailer_id = p_user_id and s.retailer_name <> 'Erased user';
    -- Files stay, but nobody outside sees them any more.
    perform ddp.revoke_hosted(array(
        select h.file_id from ddp.hosted_images h
        join public.files f on f.file_id = h.file_id
        where f.created_by_user_id = p_user_id and h.state <> 'revoked'
    ));
    delete from ddp.social_connections c where c.user_id = p_user_id;
    delete from ddp.social_tokens t
    where t.account_id in (select a.account_id from public.social_accounts a where a.user_id = p_user_id);
    update public.social_accounts a
    set account_handle = 'erased ' || a.account_id, account_name = 'Erased user', access_token_encrypted = null,
        metadata = '{}', status = 'disconnected', status_reason = null, external_account_id = null, scopes = '{}',
        token_expires_at = null, reconnect_by = null
    where a.user_id = p_user_id and a.account_name is distinct from 'Erased user';
    get diagnostics v_accounts = row_count;
    -- What a brand wrote about somebody's message, whichever of the two is erased. What was decided, and when, stays.
    update public.approvals a set reason = 'Erased'
    where a.reason <> 'Erased' and p_user_id in (a.created_by_user_id, a.campaign_owner_id);
    -- E-mail that is still going out must show an address; a pass after its end takes it away.
    update public.send_plans p set sender_profile = '{}'
    where p.created_by_user_id = p_user_id and p.sender_profile <> '{}'
        and coalesce(p.completed_at, p.cancelled_at, p.failed_at) is not null;
    get diagnostics v_plans = row_count;
    return v_users + v_accounts + v_plans;
end
$$;
comment on function ddp.erase_account(uuid) is
    'Takes name, address, profile and accounts of platforms from a user, who is deactivated, and what ended sends kept of the '
    'profile. Returns how many rows.';

create or replace function ddp.erase_social_posts(p_user_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_posts constant uuid[] := array(
        select p.post_id from public.social_posts p
        where p.created_by_user_id = p_user_id and (
            p.post_content is not null or p.title is not null or p.permalink is not null
            or p.options <> '{}' or p.metadata <> '{}' or p.problems <> '[]' or p.sender_profile is not null
            or p.status in ('scheduled', 'claimed', 'preparing', 'ready')
            or exists (select from public.social_post_parts t where t.post_id = p.post_id and t.content <> 'Erased')
            or exists (select from public.social_post_media m where m.post_id = p.post_id)
        )
        order by p.post_id
        limit p_limit
        for no key update
    );
begin
    -- A call that has started is recorded as ever. Without tokens nothing else can be done.
    delete from ddp.social_work w
    using public.social_posts p
    where w.post_id = any (v_posts) and p.post_id = w.post_id and p.status <> 'publishing';
    delete from ddp.social_checkpoints c where c.post_id = any (v_posts);
    delete from public.social_post_media m where m.post_id = any (v_posts);
    update public.social_post_parts t set content = 'Erased', permalink = null
    where t.post_id = any (v_posts) and t.part_no = 1;
    update public.social_posts p
    set post_content = null, title = null, permalink = null, options = '{}', metadata = '{}', problems = '[]',
        sender_profile = null,
        status = case when p.status in ('scheduled', 'claimed', 'preparing', 'ready') then 'cancelled'::public.social_post_status else p.status end
    where p.post_id = any (v_posts);
    return cardinality(v_posts);
end
$$;
comment on function ddp.erase_social_posts(uuid, integer) is
    'Takes the texts, media and addresses from posts of a user''s accounts, and cancels those that have not started; returns how many. '
    'That they were published, and what they led to, stays.';

create or replace function ddp.erase_social_events(p_user_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_events bigint;
begin
    update ddp.social_events e set raw = null, external_user_hash = null
    where e.digest in (
        select o.digest
        from public.social_posts p
        join ddp.social_events o on o.post_id = p.post_id
        where p.created_by_user_id = p_user_id and num_nonnulls(o.raw, o.external_user_hash) > 0
        union
        -- Of posts that were not made here, and of none: by the account, as long as it has the platform's id.
        select o.digest
        from public.social_accounts a
        join ddp.social_events o on o.platform = a.platform and o.external_account_id = a.external_account_id
        where a.user_id = p_user_id and o.raw is not null
        limit p_limit
    );
    get diagnostics v_events = row_count;
    return v_events;
end
$$;
comment on function ddp.erase_social_events(uuid, integer) is
    'Takes the names and texts of people from what platforms told about a user''s accounts and posts; returns of how many events.';
revoke all on function ddp.erase_social_events(uuid, integer) from public, anon, authenticated, service_role;

create or replace function ddp.erase_traces(p_user_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_sessions bigint;
    v_actions bigint;
    v_answers bigint;
begin
    update public.sessions s
    set ip_address = null, user_agent = null, device_info = '{}', location_data = '{}', device_id = null,
        country_code = null, region = null
    where s.session_id = any (array(
        select o.session_id from public.sessions o
        where (o.user_id = p_user_id or o.member_id = p_user_id)
            and (
                num_nonnulls(o.ip_address, o.user_agent, o.device_id, o.country_code, o.region) > 0
                or o.device_info <> '{}' or o.location_data <> '{}'
            )
        limit p_limit
    ));
    get diagnostics v_sessions = row_count;
    update public.file_actions a set ip_address = null, user_agent = null, metadata = '{}'
    from (
        select o.action_id, o.action_timestamp from public.file_actions o
        where o.user_id = p_user_id
            and (num_nonnulls(o.ip_address, o.user_agent) > 0 or o.metadata <> '{}')
        limit p_limit
    ) f
    where a.action_id = f.action_id and a.action_timestamp = f.action_timestamp;
    get diagnostics v_actions = row_count;
    delete from public.idempotency_keys k where k.user_id = p_user_id;
    get diagnostics v_answers = row_count;
    delete from ddp.request_budgets b where b.account_id = p_user_id;
    return v_sessions + v_actions + v_answers + ddp.erase_exports_of_user(p_user_id);
end
$$;
comment on function ddp.erase_traces(uuid, integer) is
    'Takes addresses, agents, devices and places from sessions and actions of a user, at most p_limit of each.';

create or replace function ddp.erase_trail(p_user_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_by bigint;
    v_about bigint;
begin
    update public.audit_logs a set ip_address = null, user_agent = null
    from (
        select o.log_id, o.changed_at from public.audit_logs o
        where o.changed_by = p_user_id and num_nonnulls(o.ip_address, o.user_agent) > 0
        limit p_limit
    ) f
    where a.log_id = f.log_id and a.changed_at = f.changed_at;
    get diagnostics v_by = row_count;
    update public.audit_logs a
    set old_values = case when a.old_values is not null then '{"erased": true}'::jsonb end,
        new_values = case when a.new_values is not null then '{"erased": true}'::jsonb end
    from (
        select o.log_id, o.changed_at from public.audit_logs o
        where o.record_id = any (p_user_id || array(
                select s.account_id from public.social_accounts s where s.user_id = p_user_id
            ) || array(
                select p.post_id from public.social_posts p where p.created_by_user_id = p_user_id
            ) || array(
                select c.claim_id from public.fund_claims c where p_user_id in (c.retailer_id, c.campaign_owner_id)
            ))
            and o.table_name in (
                'users', 'social_accounts', 'social_posts', 'social_post_parts', 'social_post_media', 'fund_claims'
            )
            and (o.old_values <> '{"erased": true}' or o.new_values <> '{"erased": true}')
        limit p_limit
    ) f
    where a.log_id = f.log_id and a.changed_at = f.changed_at;
    get diagnostics v_about = row_count;
    return v_by + v_about;
end
$$;
comment on function ddp.erase_trail(uuid, integer) is
    'Takes addresses and agents from what a user changed, and the values from changes of the user''s own rows.';

revoke all on function ddp.erase_account(uuid), ddp.erase_social_posts(uuid, integer), ddp.erase_traces(uuid, integer), ddp.erase_trail(uuid, integer)
    from public, anon, authenticated, service_role;

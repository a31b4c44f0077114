-- requires: functions/social_polls.sql, functions/social_accounts.sql
-- What platforms tell. An event is stored once and makes a reading come earlier; numbers come from readings alone, so that a
-- lost, repeated or early event changes none.

create or replace function ddp.store_social_events(p_events jsonb) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_new bigint;
    v_names jsonb;
    v_posts uuid[];
    v_publications uuid[];
    v_accounts uuid[];
begin
    with given as materialized (
        select distinct on (g.digest)
            decode(g.digest, 'hex') as digest, g.platform, g.kind, g.external_account_id, g.external_post_id,
            g.external_publish_id, decode(g.external_user_hash, 'hex') as external_user_hash, g.occurred_at, g.raw
        from jsonb_to_recordset(p_events) g (
            digest text, platform public.social_platform, kind text, external_account_id text, external_post_id text,
            external_publish_id text, external_user_hash text, occurred_at timestamptz, raw jsonb
        )
        order by g.digest
    ), matched as (
        select distinct on (m.digest) m.digest, m.post_id
        from (
            -- Facebook names a video by its story, {page}_{video}.
            select g.digest, p.post_id
            from given g
            join public.social_accounts a on a.platform = g.platform and a.external_account_id = g.external_account_id
            join public.social_posts p on p.account_id = a.account_id
                and p.external_post_id in (g.external_post_id, split_part(g.external_post_id, '_', 2))
            union all
            select g.digest, p.post_id
            from given g
            join public.social_posts p on p.external_post_id in (g.external_post_id, split_part(g.external_post_id, '_', 2))
            join public.social_accounts a on a.account_id = p.account_id and a.platform = g.platform
            where g.external_account_id is null
            union all
            -- TikTok's other id of a post, by which it is known until moderation has ended.
            select g.digest, p.post_id
            from given g
            join public.social_accounts a on a.platform = g.platform and a.external_account_id = g.external_account_id
            join public.social_posts p on p.account_id = a.account_id and p.external_post_id = g.external_publish_id
        ) m
        order by m.digest, m.post_id
    ), added as (
        insert into ddp.social_events as e (
            digest, platform, kind, status, external_account_id, external_post_id, external_publish_id, external_user_hash,
            post_id, occurred_at, raw
        )
        select
            g.digest, g.platform, g.kind,
            case
                when g.kind in ('other', 'access_revoked', 'deletion_requested') then 'ignored'
                when p.post_id is not null or g.external_post_id is null then 'applied'
                else 'unmatched'
            end,
            g.external_account_id, g.external_post_id, g.external_publish_id, g.external_user_hash, p.post_id, g.occurred_at, g.raw
        from given g
        left join matched p on p.digest = g.digest
        order by g.digest
        on conflict (digest) do nothing
        returning
            e.kind, e.post_id, e.platform, e.external_account_id, e.external_post_id, e.external_publish_id, e.external_user_hash,
            e.occurred_at
    ), taken_back as (
        -- An account takes its access back itself, or the person who granted it does.
        select a.account_id, d.occurred_at
        from added d
        join public.social_accounts a on a.platform = d.platform and a.external_account_id = d.external_account_id
        where d.kind = 'access_revoked'
        union all
        select a.account_id, d.occurred_at
        from added d
        join ddp.social_tokens t on t.external_user_hash = d.external_user_hash
        join public.social_accounts a on a.account_id = t.account_id and a.platform = d.platform
        where d.kind = 'access_revoked'
    ), revoked as (
        -- A late event is about older tokens: the platform has given newer ones since. It tells whole seconds.
        select distinct b.account_id
        from taken_back b
        where not exists (
            select from ddp.social_tokens t
            where t.account_id = b.account_id and t.obtained_at >= b.occurred_at + interval '1 second'
        )
    )
    select
        (select count(*) from added),
        coalesce(jsonb_agg(distinct jsonb_build_object(
            'post_id', d.post_id, 'publish_id', d.external_publish_id, 'external_id', d.external_post_id
        )) filter (where d.post_id is not null and d.external_publish_id is not null and d.external_post_id is not null), '[]'),
        array_agg(distinct d.post_id order by d.post_id) filter (where d.post_id is not null),
        array_agg(distinct a.account_id) filter (where d.kind in ('post_published', 'post_failed')),
        (select array_agg(r.account_id) from revoked r)
    into v_new, v_names, v_posts, v_publications, v_accounts
    from added d
    left join public.social_accounts a
        on d.kind in ('post_published', 'post_failed') and a.platform = d.platform
        and a.external_account_id = d.external_account_id;
    perform ddp.name_social_posts(v_names) where v_names <> '[]';
    perform ddp.nudge_social_polls(v_posts) where v_posts is not null;
    -- The platform is done with something of these accounts: whoever waits for it looks now.
    update ddp.social_work w set due_at = clock_timestamp(), queued_until = null
    from public.social_posts p
    where p.post_id = w.post_id and p.account_id = any (v_publications) and w.step in ('confirm', 'settle')
        and w.due_at > clock_timestamp() and w.leased_until is null;
    perform ddp.social_credentials_expired(a, 'The platform says that access was taken back: connect this account again.')
    from (select unnest(v_accounts) as a order by 1) x;
    return jsonb_build_object('given', jsonb_array_length(p_events), 'new', v_new);
end
$$;
comment on function ddp.store_social_events(jsonb) is
    'Stores events (an array of objects with digest and external_user_hash in hex, platform, kind, external_account_id, external_post_id, '
    'external_publish_id, occurred_at, raw), each once, and does what follows: posts get the id that TikTok tells last, counters are read '
    'soon, publications looked at, revoked accounts marked.';

create or replace function ddp.match_social_events(p_limit integer default 1000) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_posts uuid[];
    v_names jsonb;
    v_named integer := 0;
    v_count integer;
begin
    select jsonb_agg(jsonb_build_object(
        'post_id', p.post_id, 'publish_id', e.external_publish_id, 'external_id', e.external_post_id
    ))
    into v_names
    from ddp.social_events e
    join public.social_accounts a on a.platform = e.platform and a.external_account_id = e.external_account_id
    join public.social_posts p on p.account_id = a.account_id and p.external_post_id = e.external_publish_id
    where e.status = 'unmatched' and e.received_at > clock_timestamp() - interval '1 hour';
    if v_names is not null then
        v_named := ddp.name_social_posts(v_names);
    end if;
    with found as (
        select e.digest, p.post_id
        from ddp.social_events e
        join public.social_posts p on p.external_post_id in (e.external_post_id, split_part(e.external_post_id, '_', 2))
        join public.social_accounts a on a.account_id = p.account_id and a.platform = e.platform
            and (e.external_account_id is null or a.external_account_id = e.external_account_id)
        where e.status = 'unmatched' and e.received_at > clock_timestamp() - interval '1 hour'
        limit p_limit
        for update of e skip locked
    ), matched as (
        update ddp.social_events e set status = 'applied', post_id = f.post_id
        from found f
        where e.digest = f.digest
        returning e.post_id
    )
    select count(*), array_agg(distinct m.post_id order by m.post_id) into v_count, v_posts from matched m;
    perform ddp.nudge_social_polls(v_posts) where v_posts is not null;
    return v_named + v_count;
end
$$;
comment on function ddp.match_social_events(integer) is
    'A safety net over events of the last hour: those that were stored while their post got its id, so that neither saw the other; '
    'returns how many were matched.';

create or replace function ddp.forget_social_person(p_code text) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_request ddp.social_deletions;
    v_count integer;
    v_accounts uuid[];
begin
    select d.* into v_request from ddp.social_deletions d where d.code = p_code and d.done_at is null for no key update;
    if v_request.code is null then
        return 0;
    end if;
    select array_agg(t.account_id order by t.account_id) into v_accounts
    from ddp.social_tokens t
    where t.external_user_hash = v_request.external_user_hash;
    -- On Instagram the person is the account, which has another id in comments than for the application.
    update ddp.social_events e set raw = null, external_user_hash = null
    where e.external_user_hash = any (v_request.external_user_hash || array(
        select sha256(convert_to(a.external_account_id, 'UTF8')) from public.social_accounts a
        where a.account_id = any (v_accounts) and a.platform = 'instagram' and a.external_account_id is not null
    ));
    get diagnostics v_count = row_count;
    perform ddp.social_credentials_expired(
        a, 'Who granted the access asked the platform to be forgotten here: connect this account again.'
    ) from unnest(v_accounts) a;
    update public.social_accounts a set access_token_encrypted = null where a.account_id = any (v_accounts);
    delete from ddp.social_tokens t where t.account_id = any (v_accounts);
    update ddp.social_deletions d set done_at = clock_timestamp() where d.code = p_code;
    return v_count;
end
$$;
comment on function ddp.forget_social_person(text) is
    'Does a request, made through a platform, to forget a person: what is kept of their events (returns of how many), and the access '
    'that they granted, whose accounts have to be connected again.';

create or replace function ddp.forget_raw_social_events(p_limit integer default 10000) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count integer;
begin
    update ddp.social_events e set raw = null, external_user_hash = null
    where e.digest in (
        select o.digest from ddp.social_events o
        where o.raw is not null and o.received_at < clock_timestamp() - interval '30 days'
        order by o.received_at
        limit p_limit
        for no key update skip locked
    );
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.forget_raw_social_events(integer) is
    'Forgets what people wrote and who they were, 30 days after a platform told it; returns of how many events.';

revoke all on function
    ddp.store_social_events(jsonb), ddp.match_social_events(integer), ddp.forget_social_person(text),
    ddp.forget_raw_social_events(integer)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.store_social_events(jsonb), ddp.match_social_events(integer), ddp.forget_social_person(text),
    ddp.forget_raw_social_events(integer)
    to service_role;

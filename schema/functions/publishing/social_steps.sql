-- requires: functions/request_approvals.sql, functions/social_schedule.sql, functions/visible_file.sql, policies/publishing.sql
-- requires: policies/social_posts.sql, policies/social_post_media.sql, policies/social_post_parts.sql, policies/licence_acceptances.sql
-- The steps of posts: found when they are due, leased by a worker, ended. The post's row is the lock of all that belongs to it.

create or replace function ddp.due_social_steps(p_within interval, p_limit integer)
    returns table (post_id uuid, step varchar, delay interval, owner_id uuid)
    language sql volatile
    set search_path = ''
as $$
    -- Never waits for a lock, so that two scanners share the work. Locking looks at a row again that another has changed.
    with due as materialized (
        select w.post_id, p.created_by_user_id
        from ddp.social_work w
        join public.social_posts p on p.post_id = w.post_id
        join public.social_accounts a on a.account_id = p.account_id
        where w.due_at <= now() + p_within and w.leased_until is null
            and (w.queued_until is null or w.queued_until <= now())
            and a.status = 'active' and not (w.step = 'prepare' and p.campaign_id is not null and ddp.post_waits(p))
        order by w.due_at, w.post_id
        limit p_limit
        for no key update of p, w skip locked
    ), queued as (
        -- An array, so that rows are found by their index however many the planner expects.
        update ddp.social_work w set queued_until = greatest(w.due_at, now()) + interval '25 seconds'
        where w.post_id = any (array(select d.post_id from due d))
        returning w.post_id, w.step, w.due_at
    ), claimed as (
        update public.social_posts p set status = 'claimed'
        where p.post_id = any (array(select q.post_id from queued q where q.step = 'prepare')) and p.status = 'scheduled'
    )
    select q.post_id, q.step, greatest(q.due_at - now(), interval '0'), d.created_by_user_id
    from queued q
    join due d on d.post_id = q.post_id
    order by q.due_at, q.post_id
$$;
comment on function ddp.due_social_steps(interval, integer) is
    'Steps that fall due within this time and that nobody has or is told about, noted as queued: send a message about each in the '
    'same transaction, to arrive after `delay`. Posts of accounts that are not active wait, and those '
    'whose content is not approved.';

create or replace function ddp.file_is_seen_by(p_file public.files, p_user_id uuid) returns boolean
    language sql stable
    set search_path = ''
as $$
    -- As ddp.visible_file(), of a live file, for a user who is not there to ask.
    select p_file.deleted_at is null and (
        p_file.created_by_user_id = p_user_id
        or p_file.is_public
        or exists (
            select from public.users u
            where u.user_id = p_user_id and (
                u.user_type = 'admin'
                or u.user_type = 'retailer' and p_file.is_brand_asset and not exists (
                    select from public.brand_assets b
                    where b.file_id = p_file.file_id and not ddp.asset_is_open_to(b, p_user_id)
                )
            )
        )
        or exists (
            select from public.file_shares s
            where s.file_id = p_file.file_id and s.shared_with_user_id = p_user_id and s.revoked_at is null
                and s.expires_at > now()
        )
        or exists (
            select from public.fund_claim_files c where c.file_id = p_file.file_id and c.campaign_owner_id = p_user_id
        )
    )
$$;
comment on function ddp.file_is_seen_by(public.files, uuid) is 'Whether the file is live, and this user may see it.';

create or replace function ddp.media_of_post(p_post_id uuid, p_user_id uuid) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'position', m.position, 'file_id', m.file_id, 'alt_text', m.alt_text, 'file_name', f.file_name, 'file_type', f.file_type,
        'content_type', f.content_type, 'file_size', f.file_size, 'file_path', f.file_path, 'image_width', f.image_width,
        'image_height', f.image_height, 'sha256', encode(f.content_sha256, 'hex'), 'metadata', f.metadata,
        'is_available', ddp.file_is_seen_by(f, p_user_id), 'ends_at', b.available_until,
        'unlicensed_asset_id', case
            when b.licence_version is not null and b.created_by_user_id <> p_user_id and not exists (
                select from public.licence_acceptances l
                where l.asset_id = b.asset_id and l.account_id = p_user_id and l.licence_version = b.licence_version
            ) then b.asset_id
        end
    ) order by m.position), '[]')
    from public.social_post_media m
    join public.files f on f.file_id = m.file_id
    left join public.brand_assets b on b.file_id = f.file_id and b.unpublished_at is null
    where m.post_id = p_post_id
$$;
comment on function ddp.media_of_post(uuid, uuid) is
    'The media of a post as workers get them; is_available: live, and the account may see it; ends_at: until when this brand asset '
    'may be used; unlicensed_asset_id: the asset whose licence the account has not accepted.';

create or replace function ddp.begin_social_steps(p_post_ids uuid[], p_worker uuid, p_lease interval) returns table (
    post_id uuid, step varchar, due_at timestamptz, attempts smallint, lost smallint, status public.social_post_status,
    scheduled_at timestamptz, post_content text, post_type varchar, title varchar, options jsonb, campaign_id uuid,
    group_id uuid, created_at timestamptz, external_post_id varchar, permalink text, account_id uuid, user_id uuid,
    platform public.social_platform, external_account_id varchar, account_kind varchar, account_handle varchar,
    access_token_encrypted text, token_expires_at timestamptz, scopes text[], account_metadata jsonb, parts jsonb, media jsonb,
    state_encrypted text, state_expires_at timestamptz
)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
begin
    perform from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id for no key update;
    -- A message that came too early: the next scan tells again.
    update ddp.social_work w set queued_until = null
    where w.post_id = any (p_post_ids) and w.leased_until is null and w.due_at > clock_timestamp() + interval '2 seconds';
    return query
    with begun as (
        update ddp.social_work w
        set worker = p_worker, leased_until = clock_timestamp() + p_lease, queued_until = null
        from public.social_posts p
        join public.social_accounts a on a.account_id = p.account_id
        where w.post_id = any (p_post_ids) and p.post_id = w.post_id and a.status = 'active'
            and w.leased_until is null and w.due_at <= clock_timestamp() + interval '2 seconds'
            and (w.step in ('confirm', 'comment', 'settle') or not ddp.is_missed(p.scheduled_at))
            -- From here on its content cannot change.
            and not (w.step = 'prepare' and p.campaign_id is not null and ddp.post_waits(p))
        returning w.*
    ), working as (
        update public.social_posts p set status = 'preparing'
        from begun b
        where p.post_id = b.post_id and b.step = 'prepare' and p.status in ('scheduled', 'claimed')
        returning p.post_id
    )
    select
        b.post_id, b.step, b.due_at, b.attempts, b.lost,
        case when exists (select from working x where x.post_id = b.post_id) then 'preparing' else p.status end,
        p.scheduled_at, p.post_content, p.post_type, p.title, p.options, p.campaign_id, p.group_id, p.created_at,
        p.external_post_id, p.permalink, a.account_id, a.user_id, a.platform, a.external_account_id, a.account_kind,
        a.account_handle, a.access_token_encrypted, a.token_expires_at, a.scopes, a.metadata,
        (
            select coalesce(jsonb_agg(to_jsonb(t) - 'post_id' order by t.part_no), '[]')
            from public.social_post_parts t where t.post_id = b.post_id
        ),
        ddp.media_of_post(b.post_id, a.user_id), c.state_encrypted, c.expires_at
    from begun b
    join public.social_posts p on p.post_id = b.post_id
    join public.social_accounts a on a.account_id = p.account_id
    left join ddp.social_checkpoints c on c.post_id = b.post_id
        and c.part_no = case b.step when 'comment' then 1 else 0 end
        -- What the platform has forgotten is prepared again; what became of a call is still told by what was prepared.
        and (b.step in ('confirm', 'settle') or coalesce(c.expires_at, 'infinity') > clock_timestamp());
end
$$;
comment on function ddp.begin_social_steps(uuid[], uuid, interval) is
    'Leases what of these posts is due (or will be within two seconds: due_at says when) and returns all that a worker needs for it. '
    'Renew the lease while the work goes on. What another has, what is not due, posts of accounts that are not active and '
    'posts that wait for approval are not returned.';

create or replace function ddp.is_missed(p_scheduled_at timestamptz) returns boolean
    language sql stable
    set search_path = ''
    return coalesce(p_scheduled_at <= clock_timestamp() - interval '1 hour', false);
comment on function ddp.is_missed(timestamptz) is 'Whether a post that was due then is too late to go out.';

create or replace function ddp.renew_social_leases(p_worker uuid, p_lease interval) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- What is locked is being ended by its worker, or taken from it. Never waits: a heartbeat comes again.
    update ddp.social_work w set leased_until = clock_timestamp() + p_lease
    where w.post_id = any (array(
        select o.post_id from ddp.social_work o
        where o.worker = p_worker and o.leased_until > clock_timestamp()
        for no key update skip locked
    ));
    update ddp.social_calls c set leased_until = clock_timestamp() + p_lease
    where c.call_id = any (array(
        select o.call_id from ddp.social_calls o
        where o.worker = p_worker and o.ended_at is null and o.leased_until > clock_timestamp()
        for no key update skip locked
    ));
end
$$;
comment on function ddp.renew_social_leases(uuid, interval) is 'The heartbeat of a worker: renews the leases that it still holds.';

create or replace function ddp.save_social_checkpoint(
    p_post_id uuid, p_part_no integer, p_worker uuid, p_state_encrypted text, p_expires_at timestamptz default null
) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform from public.social_posts p where p.post_id = p_post_id for no key update;
    if not exists (
        select from ddp.social_work w
        where w.post_id = p_post_id and w.worker = p_worker and w.leased_until > clock_timestamp()
    ) then
        return false;
    end if;
    insert into ddp.social_checkpoints (post_id, part_no, state_encrypted, expires_at)
    values (p_post_id, p_part_no, p_state_encrypted, p_expires_at)
    on conflict (post_id, part_no) do update
    set state_encrypted = excluded.state_encrypted, expires_at = excluded.expires_at, updated_at = now();
    return true;
end
$$;
comment on function ddp.save_social_checkpoint(uuid, integer, uuid, text, timestamptz) is
    'Keeps how far the work on a post is. False: the post is no longer the worker''s (its lease ended, or somebody cancelled): stop.';

revoke all on function
    ddp.due_social_steps(interval, integer), ddp.file_is_seen_by(public.files, uuid), ddp.media_of_post(uuid, uuid),
    ddp.begin_social_steps(uuid[], uuid, interval), ddp.is_missed(timestamptz), ddp.renew_social_leases(uuid, interval),
    ddp.save_social_checkpoint(uuid, integer, uuid, text, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.due_social_steps(interval, integer), ddp.file_is_seen_by(public.files, uuid), ddp.media_of_post(uuid, uuid),
    ddp.begin_social_steps(uuid[], uuid, interval), ddp.is_missed(timestamptz), ddp.renew_social_leases(uuid, interval),
    ddp.save_social_checkpoint(uuid, integer, uuid, text, timestamptz)
    to service_role;

-- requires: functions/require_active_user.sql, functions/require_worker_or_admin.sql, functions/sender_identities.sql
-- requires: functions/rate_buckets.sql, policies/origination_identities.sql, policies/sending.sql
-- What SMS come from. The provider's account says what there is; administrators say whose it is.

create or replace function ddp.keep_sms_buckets() returns void
    language sql volatile
    set search_path = ''
as $$
    -- A number that sends to several countries has a row for each, and one rate.
    with allowed as (
        select i.bucket, min(i.parts_per_second) as per_second, min(i.daily_cap)::double precision as daily_cap
        from public.origination_identities i
        where i.status <> 'gone'
        group by i.bucket
    )
    insert into ddp.rate_buckets as b (bucket, channel, per_second, tokens, daily_left, daily_left_of)
    select
        a.bucket, 'sms', a.per_second, greatest(a.per_second, 1), a.daily_cap,
        case when a.daily_cap is not null then (now() at time zone 'UTC')::date end
    from allowed a
    left join ddp.rate_buckets k on k.bucket = a.bucket
    -- Nothing is locked while nothing changes.
    where k.per_second is distinct from a.per_second
        or k.daily_left_of is distinct from case when a.daily_cap is not null then (now() at time zone 'UTC')::date end
    order by a.bucket
    on conflict (bucket) do update set
        per_second = excluded.per_second,
        daily_left = case
            when b.daily_left_of is distinct from excluded.daily_left_of then excluded.daily_left else b.daily_left
        end,
        daily_left_of = excluded.daily_left_of
$$;
comment on function ddp.keep_sms_buckets() is
    'Gives each origination identity the rate that its provider allows, and each day (UTC) its daily cap anew. Cheap when '
    'nothing changes. For workers.';

create or replace function ddp.begin_identity_sync() returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update ddp.opt_out_work w set began_at = now()
    where w.kind = 'identities' and coalesce(w.ended_at < now() - interval '1 day', true)
        -- If the provider does not answer, or the worker dies: again in an hour.
        and coalesce(w.began_at < now() - interval '1 hour', true);
    return found;
end
$$;
comment on function ddp.begin_identity_sync() is
    'Whether the account''s identities are to be taken over now: a day after that was done, by whomever. One caller is told so.';

create or replace function public.sync_origination_identities(p_identities jsonb)
    returns table (found integer, added integer, gone integer)
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    if current_setting('role') = 'authenticated' then
        perform ddp.require_http_login();
    end if;
    return query
    with given as (
        select distinct on (g.identity, g.country) g.*
        from jsonb_to_recordset(p_identities) g (
            identity text, country text, kind text, message_type text, status text, is_two_way boolean,
            manages_opt_outs boolean, parts_per_second double precision, daily_cap integer, provider_arn text
        )
        order by g.identity, g.country
    ), stored as (
        insert into public.origination_identities as i (
            identity, country, kind, message_type, is_type_open, status, is_two_way, manages_opt_outs,
            parts_per_second, daily_cap, provider_arn, synced_at
        )
        select
            g.identity, g.country, g.kind, coalesce(g.message_type, 'promotional'), g.message_type is null, g.status,
            g.is_two_way, g.manages_opt_outs, g.parts_per_second, g.daily_cap, g.provider_arn, now()
        from given g
        order by g.identity, g.country
        on conflict (identity, country) do update set
            kind = excluded.kind, is_type_open = excluded.is_type_open, status = excluded.status,
            -- What an administrator chose stays.
            message_type = case when excluded.is_type_open then i.message_type else excluded.message_type end,
            is_two_way = excluded.is_two_way, manages_opt_outs = excluded.manages_opt_outs,
            parts_per_second = excluded.parts_per_second, daily_cap = excluded.daily_cap,
            provider_arn = excluded.provider_arn, synced_at = excluded.synced_at
        returning i.created_at = now() as is_new
    ), lost as (
        update public.origination_identities i set status = 'gone', synced_at = now()
        where i.status <> 'gone'
            and not exists (select from given g where g.identity = i.identity and g.country = i.country)
        returning i.origination_identity_id
    )
    select
        (select count(*)::integer from stored), (select count(*)::integer from stored s where s.is_new),
        (select count(*)::integer from lost);
    update ddp.opt_out_work w set ended_at = now() where w.kind = 'identities';
    perform ddp.keep_sms_buckets();
end
$$;
comment on function public.sync_origination_identities(jsonb) is
    'Takes over what the provider lists: an array of objects with identity, country, kind, message_type (null: either, '
    'administrators choose), status, is_two_way, manages_opt_outs, parts_per_second, daily_cap and provider_arn. Those that it does '
    'not list any more become `gone`. For workers and, through the HTTP functions, administrators.';

create or replace function public.assign_origination_identity(p_origination_identity_id uuid, p_change jsonb)
    returns public.origination_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_identity public.origination_identities;
    v_new public.origination_identities;
begin
    perform ddp.require_active_user();
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators assign what SMS come from.',
        '{"code": "not-an-admin"}'
    );
    select i.* into v_identity from public.origination_identities i
    where i.origination_identity_id = p_origination_identity_id
    for no key update;
    perform ddp.require(
        v_identity.origination_identity_id is not null, 'PT404', 'There is no such origination identity.',
        '{"code": "origination-identity-not-found"}'
    );
    v_new := jsonb_populate_record(v_identity, (
        select coalesce(jsonb_object_agg(c.key, c.value), '{}') from jsonb_each(p_change) c
        where c.key in ('assigned_to_user_id', 'is_shared', 'message_type', 'opt_out_words', 'contact', 'dlt_entity_id')
    ));
    perform ddp.require(
        v_new.is_shared is not null and v_new.message_type in ('promotional', 'transactional'), 'PT422',
        'is_shared is true or false, and message_type is promotional or transactional.', '{"code": "invalid-request"}'
    );
    perform ddp.require(
        not v_new.is_shared or v_new.assigned_to_user_id is null, 'PT409',
        'An identity is either shared with everyone or assigned to one account: change both fields in one request.',
        '{"code": "shared-and-assigned"}'
    );
    perform ddp.require(
        v_identity.is_type_open or v_new.message_type = v_identity.message_type, 'PT409',
        format(
            'The provider registered this identity for %s messages, and that can only be changed there.',
            v_identity.message_type
        ),
        '{"code": "message-type-fixed"}'
    );
    perform ddp.require(
        v_new.assigned_to_user_id is null
            or exists (select from public.users u where u.user_id = v_new.assigned_to_user_id),
        'PT422', 'There is no such user to assign it to.', '{"code": "user-not-found"}'
    );
    update public.origination_identities i
    set (assigned_to_user_id, is_shared, message_type, opt_out_words, contact, dlt_entity_id) = (
        v_new.assigned_to_user_id, v_new.is_shared, v_new.message_type, v_new.opt_out_words, v_new.contact,
        v_new.dlt_entity_id
    )
    where i.origination_identity_id = p_origination_identity_id
    returning i.* into v_identity;
    return v_identity;
end
$$;
comment on function public.assign_origination_identity(uuid, jsonb) is
    'Changes the given ones of assigned_to_user_id, is_shared, message_type, opt_out_words, contact and dlt_entity_id; '
    'returns the identity. Sends that are already planned keep what they have. For administrators.';

revoke all on function
    ddp.keep_sms_buckets(), ddp.begin_identity_sync(), public.sync_origination_identities(jsonb), public.assign_origination_identity(uuid, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.keep_sms_buckets(), ddp.begin_identity_sync() to service_role;
grant execute on function public.sync_origination_identities(jsonb) to authenticated, service_role;
grant execute on function public.assign_origination_identity(uuid, jsonb) to authenticated;

-- requires: functions/social_own_posts.sql, functions/social_given.sql, policies/social_slots.sql
-- Times of the week at which an account likes to post, the next of them that is free, and by whose clock: changes of accounts.

create or replace function public.set_social_slots(p_account_id uuid, p_slots jsonb, p_time_zone text default null)
    returns setof public.social_slots
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_slot jsonb;
begin
    perform ddp.lock_own_account(p_account_id, 'editor');
    perform ddp.require(
        jsonb_typeof(p_slots) = 'array' and jsonb_array_length(p_slots) <= 168, 'PT422', 'Give at most 168 slots.',
        '{"code": "invalid-slots"}'
    );
    perform ddp.require(
        p_time_zone is null or ddp.is_time_zone(p_time_zone), 'PT422',
        'time_zone must be the name of a time zone, such as Europe/Zurich.', '{"code": "invalid-time-zone"}'
    );
    for v_slot in select e.value from jsonb_array_elements(p_slots) e (value) loop
        perform ddp.require_keys(v_slot, '{weekday,local_time}', 'A slot');
        perform ddp.require(
            v_slot ->> 'weekday' ~ '^[1-7]$' and v_slot ->> 'local_time' ~ '^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$', 'PT422',
            'A slot has a weekday from 1 (Monday) to 7 and a local_time such as 09:30.', '{"code": "invalid-slots"}'
        );
    end loop;
    update public.social_accounts a set time_zone = p_time_zone
    where a.account_id = p_account_id and p_time_zone is not null and a.time_zone is distinct from p_time_zone;
    delete from public.social_slots s where s.account_id = p_account_id;
    return query
    insert into public.social_slots (account_id, weekday, local_time)
    select distinct p_account_id, (e.value ->> 'weekday')::smallint, (e.value ->> 'local_time')::time
    from jsonb_array_elements(p_slots) e (value)
    returning *;
end
$$;
comment on function public.set_social_slots(uuid, jsonb, text) is
    'Replaces the slots of an own account: objects with weekday (1 is Monday) and local_time; and sets its time zone, if given. '
    'PT404, PT422.';

create or replace function ddp.change_social_account(p_account_id uuid, p_change jsonb) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_keys(p_change, '{account_name,time_zone}', 'A change');
    -- As with slots, editors set the time zone in which they are meant.
    perform ddp.lock_own_account(
        p_account_id, case when p_change ? 'account_name' then 'owner' else 'editor' end::public.member_role
    );
    perform ddp.require(
        p_change ->> 'time_zone' is null or ddp.is_time_zone(p_change ->> 'time_zone'), 'PT422',
        'time_zone must be the name of a time zone, such as Europe/Zurich.', '{"code": "invalid-time-zone"}'
    );
    update public.social_accounts a
    set account_name = case when p_change ? 'account_name' then p_change ->> 'account_name' else a.account_name end,
        time_zone = case when p_change ? 'time_zone' then p_change ->> 'time_zone' else a.time_zone end
    where a.account_id = p_account_id;
end
$$;
comment on function ddp.change_social_account(uuid, jsonb) is
    'Changes account_name (owners) and time_zone (editors; null: UTC) of an own account, those that are given. PT404, PT403, PT422.';

create or replace function public.next_social_slot(
    p_account_id uuid, p_after timestamptz default null, out at timestamptz, out local_time timestamp, out time_zone text
)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    -- Locked: of two who ask at once and then schedule, the second gets the slot after.
    v_account constant public.social_accounts := ddp.lock_own_account(p_account_id, 'editor');
    v_after constant timestamptz := greatest(p_after, now());
begin
    perform ddp.require(
        v_after <= now() + interval '1 year', 'PT422', 'The time must be within the next year.', '{"code": "invalid-time"}'
    );
    time_zone := coalesce(v_account.time_zone, 'UTC');
    perform ddp.require(
        exists (select from public.social_slots s where s.account_id = p_account_id), 'PT409',
        'This account has no slots: set some first.', '{"code": "no-slots"}'
    );
    select c.at, c.local_time into at, local_time
    from (
        select d.day + s.local_time as local_time, (d.day + s.local_time) at time zone next_social_slot.time_zone as at
        from generate_series(0, 92) n
        cross join lateral (select (v_after at time zone next_social_slot.time_zone)::date + n as day) d
        join public.social_slots s on s.account_id = p_account_id and s.weekday = extract(isodow from d.day)
    ) c
    where c.at > v_after
        -- A time that the clocks leave out is nobody's slot.
        and c.at at time zone next_social_slot.time_zone = c.local_time
        and not exists (
            select from public.social_posts p
            where p.account_id = p_account_id and p.scheduled_at = c.at and p.status not in ('draft', 'cancelled', 'failed', 'missed')
        )
    order by c.at
    limit 1;
    perform ddp.require(
        at is not null, 'PT409', 'All slots of the next three months are taken: add slots, or choose a time.', '{"code": "no-free-slot"}'
    );
end
$$;
comment on function public.next_social_slot(uuid, timestamptz) is
    'The next slot of an own account after a time (null: now) at which no post of it goes out, as an instant and by the account''s '
    'clock. Locks the account until the transaction ends, in which the caller schedules. PT404; PT409 without a free slot.';

revoke all on function
    public.set_social_slots(uuid, jsonb, text), ddp.change_social_account(uuid, jsonb),
    public.next_social_slot(uuid, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function
    public.set_social_slots(uuid, jsonb, text), ddp.change_social_account(uuid, jsonb),
    public.next_social_slot(uuid, timestamptz)
    to authenticated;

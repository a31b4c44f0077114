-- requires: policies/sending.sql
-- Workers that died before they started their calls: while composing, as far as anybody can tell.

create or replace function ddp.note_deaths(p_channel public.message_channel) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with dead as materialized (
        select c.send_call_id, c.worker, c.send_plan_id, c.created_at
        from ddp.send_calls c
        where c.channel = p_channel and c.ended_at is null and c.started_at is null and c.worker is not null
            and c.leased_until < clock_timestamp()
        order by c.send_call_id
        for no key update skip locked
    ), counted as (
        -- So that each death is counted once.
        update ddp.send_calls c set worker = null from dead d where c.send_call_id = d.send_call_id
    ), plans as (
        select d.worker, d.send_plan_id, max(d.created_at) as claimed_at, count(*) over (partition by d.worker) as plans
        from dead d
        group by d.worker, d.send_plan_id
    ), suspects as (
        -- Among several plans nobody knows which one it was: from now on each is composed alone.
        select p.send_plan_id, max(p.claimed_at) as claimed_at, bool_or(p.plans = 1) as was_alone
        from plans p
        group by p.send_plan_id
    ), noted as (
        insert into ddp.content_troubles as t (send_plan_id, deaths, died_at)
        select s.send_plan_id, s.was_alone::integer, clock_timestamp()
        from suspects s
        left join ddp.content_troubles before on before.send_plan_id = s.send_plan_id
        -- Workers that died at the same time, an outage for example, are one death.
        where before.died_at is null or s.claimed_at > before.died_at
        order by s.send_plan_id
        on conflict (send_plan_id) do update
        set deaths = least(t.deaths + excluded.deaths, 1000), died_at = excluded.died_at
        returning 1
    )
    select count(*) from noted
$$;
comment on function ddp.note_deaths(public.message_channel) is
    'Counts, per plan, workers whose leases ended before their calls started. Call it before the leases are ended, in a '
    'transaction of its own. Returns how many plans are suspected.';

create or replace function ddp.is_suspect(p_send_plan_id uuid) returns boolean
    language sql stable
    set search_path = ''
as $$
    select exists (
        select from ddp.content_troubles t
        where t.send_plan_id = p_send_plan_id and t.died_at > now() - interval '10 minutes'
    )
$$;
comment on function ddp.is_suspect(uuid) is 'Whether a worker died within ten minutes with messages of this plan.';

create or replace function ddp.clear_deaths(p_calls uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select t.send_plan_id
        from ddp.content_troubles t
        where t.deaths > 0
            and t.send_plan_id in (select c.send_plan_id from ddp.send_calls c where c.send_call_id = any (p_calls))
        order by t.send_plan_id
        for no key update
    )
    update ddp.content_troubles t set deaths = 0 from locked l where t.send_plan_id = l.send_plan_id
$$;
comment on function ddp.clear_deaths(uuid[]) is
    'Messages of these calls'' plans were composed after all: deaths before were not in a row.';

revoke all on function ddp.note_deaths(public.message_channel), ddp.is_suspect(uuid), ddp.clear_deaths(uuid[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.note_deaths(public.message_channel), ddp.is_suspect(uuid), ddp.clear_deaths(uuid[])
    to service_role;

-- A year of what people do with files, month by month, and the sessions in which they did it.

-- name: actors
create temporary table live_files on commit drop as
select row_number() over (order by f.created_at, f.file_id) as position, f.file_id, f.created_by_user_id, f.created_at
from public.files f where f.deleted_at is null;
create temporary table live_assets on commit drop as
select row_number() over (order by f.created_at, f.file_id) as position, f.file_id, f.created_at
from public.files f where f.is_brand_asset and f.deleted_at is null;
alter table live_files add primary key (position);
alter table live_assets add primary key (position);
analyze live_files, live_assets;

-- name: uploads
insert into public.file_actions (action_id, file_id, user_id, action_type, action_timestamp)
select md5('upload/' || file_id)::uuid, file_id, created_by_user_id, 'UPLOAD', created_at
from public.files where created_at >= %(until)s::timestamptz - interval '1 year';

-- name: file_actions
with dated as (
    -- Row numbers are spread over the year: more happens late in it and in working hours, less at weekends.
    select n, sqrt(n::float8 / %(file_actions)s) as progress
    from generate_series(%(first)s::bigint, %(last)s) n
), timed as (
    select n, progress, day - case when extract(isodow from day) > 5 and pg_temp.chance(n, 'rest') < 0.7
            then interval '2 days' else interval '0' end
        + interval '7 hours' + (pg_temp.chance(n, 'hour') + pg_temp.chance(n, 'minute')) * interval '7 hours' as at
    from (select n, progress,
        %(until)s::timestamptz - interval '365 days' + floor(progress * 364.999) * interval '1 day' as day from dated) days
), drawn as (
    -- Four in five actions concern assets, a few of which are popular; some retailers act much more than others.
    select n, at, pg_temp.chance(n, 'asset') < 0.8 as is_asset,
        1 + floor(power(pg_temp.chance(n, 'which'), 2) * (0.5 + 0.5 * progress) * %(assets)s)::bigint as asset,
        1 + floor(pg_temp.chance(n, 'which') * (0.5 + 0.5 * progress) * %(live_files)s)::bigint as file,
        1 + %(brands)s + floor(power(pg_temp.chance(n, 'who'), 1.7) * %(retailers)s)::bigint as retailer,
        pg_temp.chance(n, 'what') as what
    from timed
), acted as (
    select d.n, a.file_id, pg_temp.id('user', d.retailer) as user_id, greatest(d.at, a.created_at) as at, d.retailer as who,
        case when d.what < 0.55 then 'VIEW' when d.what < 0.95 then 'DOWNLOAD' else 'SHARE' end as action_type
    from drawn d join live_assets a on a.position = d.asset where d.is_asset
    union all
    select d.n, f.file_id, f.created_by_user_id, greatest(d.at, f.created_at), d.file,
        case when d.what < 0.7 then 'VIEW' when d.what < 0.9 then 'DOWNLOAD' when d.what < 0.95 then 'SHARE' else 'EDIT' end
    from drawn d join live_files f on f.position = d.file where not d.is_asset
)
insert into public.file_actions
    (action_id, file_id, user_id, action_type, action_timestamp, session_id, ip_address, user_agent)
select pg_temp.id('action', a.n), a.file_id, a.user_id, a.action_type::public.file_action_type, a.at,
    md5(a.user_id::text || (a.at at time zone 'UTC')::date)::uuid, pg_temp.address(a.who),
    (%(agents)s::text[])[1 + a.who %% cardinality(%(agents)s::text[])]
from acted a;

-- name: sessions
insert into public.sessions (session_id, user_id, started_at, ended_at, ip_address, user_agent, device_info)
select a.session_id, a.user_id, min(a.action_timestamp), max(a.action_timestamp) + interval '3 minutes',
    min(a.ip_address), min(a.user_agent), coalesce(jsonb_build_object('type', min(d.device_type)), '{}')
from public.file_actions a
left join public.devices d on d.user_agent = a.user_agent
where a.session_id is not null
group by a.session_id, a.user_id;

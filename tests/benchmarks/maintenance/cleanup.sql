-- A platform whose actions of three months are too old: rows without triggers, then the statistics that they led to.

-- name: platform
-- Brands with their assets, and retailers.
insert into public.users (user_id, user_email, user_name, user_type, is_active)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'u' || n || '@seed.example', 'u' || n,
    (case when n <= 100 then 'brand' else 'retailer' end)::public.user_type, true
from generate_series(1, 100 + %(retailers)s) n;

-- name: files
-- Assets of the brands.
insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)
select ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, 'f', 'image', 1, 'f' || n,
    ('00000000-0000-4000-8000-' || lpad((1 + n %% 100)::text, 12, '0'))::uuid
from generate_series(1, %(files)s) n;

-- name: months
-- The months that they are in.
select ddp.ensure_partitions('public.file_actions', (now() - interval '28 months')::date, (now() - interval '24 months')::date);

-- name: actions
-- Actions of one old month, and of this one.
insert into public.file_actions (file_id, user_id, action_type, action_timestamp, ip_address, user_agent)
select
    ('00000000-0000-4000-9000-' || lpad((1 + floor(random() * %(files)s))::text, 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad((101 + floor(random() * %(retailers)s))::text, 12, '0'))::uuid,
    (array['VIEW', 'VIEW', 'DOWNLOAD', 'SHARE']::public.file_action_type[])[1 + floor(random() * 4)],
    date_trunc('month', now() - make_interval(months => %(ago)s)) + random() * interval '27 days',
    '203.0.113.9', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'
from generate_series(1, %(rows)s);

-- name: pairs
-- What users did with files, as a refresh counts it.
insert into ddp.file_user_stats (file_id, user_id, view_count, download_count, share_count, last_action_at)
select a.file_id, a.user_id, count(*) filter (where a.action_type = 'VIEW'), count(*) filter (where a.action_type = 'DOWNLOAD'),
    count(*) filter (where a.action_type = 'SHARE'), max(a.action_timestamp)
from public.file_actions a
group by a.file_id, a.user_id;

-- name: users
-- What users did.
insert into ddp.user_stats (user_id, owner_user_id, view_count)
select a.user_id, a.user_id, count(*) from public.file_actions a group by a.user_id;

-- name: sizes
-- Bytes of the old months, and of the archive.
select
    (
        select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.file_actions'::regclass
            and case when c.relname ~ '_[0-9]{4}_[0-9]{2}$' then to_date(right(c.relname, 7), 'YYYY_MM') < now() - interval '25 months' end
    ) as old,
    pg_total_relation_size('ddp.archived_files') as files,
    pg_total_relation_size('ddp.file_user_stats') as pairs,
    pg_total_relation_size('ddp.user_stats') as users,
    -- What the archive's columns hold of pairs: three integers each.
    (select 12 * count(*) from ddp.file_user_stats s where s.archived_view_count + s.archived_download_count + s.archived_share_count > 0) as counts;

-- name: read
-- What a page about a file asks.
select count(*) from public.file_actions a
where a.file_id = (select ('00000000-0000-4000-9000-' || lpad((1 + floor(random() * %(files)s))::text, 12, '0'))::uuid)
    and a.action_timestamp > now() - interval '1 month';

-- name: write
-- An action of now.
insert into public.file_actions (file_id, user_id, action_type)
select ('00000000-0000-4000-9000-' || lpad((1 + floor(random() * %(files)s))::text, 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad((101 + floor(random() * least(1000, %(retailers)s)))::text, 12, '0'))::uuid, 'VIEW';

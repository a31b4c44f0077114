-- The e-mail ledger in one table, and partitioned by its campaign's month; both with the indexes of public.email_sends.

-- name: schema
create schema spike;
create table spike.campaigns (n integer primary key, email_campaign_id uuid not null default gen_random_uuid(), month date not null);
create table spike.flat (like public.email_sends including defaults including constraints);
create table spike.parted (like public.email_sends including defaults including constraints, month date not null)
    partition by range (month);

-- name: campaigns
-- Campaigns of equal size, evenly over the months.
insert into spike.campaigns (n, month)
select n, (date '2025-01-01' + make_interval(months => n %% %(months)s))::date from generate_series(0, %(campaigns)s - 1) n;

-- name: partition_statements
select format(
    'create table spike.%%I partition of spike.parted for values from (%%L) to (%%L)',
    'parted_' || to_char(m, 'YYYY_MM'), m::date, (m + interval '1 month')::date
)
from generate_series(date '2025-01-01', date '2025-01-01' + make_interval(months => %(months)s - 1), interval '1 month') m;

-- name: index_statements
-- The ledger's own indexes for both tables; unique ones of the partitioned table have the month in them.
select replace(
    regexp_replace(i.indexdef, '^(.*) INDEX \S+ ON public\.email_sends', '\1 INDEX ON spike.' || t.name),
    case when t.name = 'parted' and i.indexdef like 'CREATE UNIQUE%' then ')' else '' end,
    case when t.name = 'parted' and i.indexdef like 'CREATE UNIQUE%' then ', month)' else '' end
)
from pg_catalog.pg_indexes i, (values ('flat'), ('parted')) t (name)
where i.schemaname = 'public' and i.tablename = 'email_sends'
order by t.name, i.indexname;

-- name: load
-- The recipients of some campaigns. All are delivered; those of the newest month's last campaign are pending.
insert into spike.flat (
    email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, chunk_no, not_before,
    template_data, status, sent_at, delivered_at, provider_message_id, accepted_attempts
)
select c.email_campaign_id, c.email_campaign_id, 'customer' || r || '@example.com', 'Customer ' || r, sha256(r::text::bytea),
    r / 500 + 1, c.month, jsonb_build_object('city', 'City ' || r %% 100),
    'delivered', c.month, c.month, gen_random_uuid()::text, 1
from spike.campaigns c, generate_series(0, %(recipients)s - 1) r
where c.n between %(first)s and %(last)s;

-- name: copy
insert into spike.parted select f.*, c.month
from spike.flat f join spike.campaigns c using (email_campaign_id)
where c.month = (date '2025-01-01' + make_interval(months => %(month)s))::date;

-- name: sizes
select pg_total_relation_size('spike.flat'), sum(pg_total_relation_size(inhrelid))::bigint
from pg_catalog.pg_inherits where inhparent = 'spike.parted'::regclass;

-- name: sample
-- Recipients whose events come, in no order: of the newest month, as most are, or of any.
select s.email_send_id, s.month
from (
    select p.email_send_id, p.month from spike.parted p tablesample system (%(percent)s)
    where p.month >= %(since)s order by random() limit %(count)s
) s;

-- part: columns
email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, chunk_no, not_before, template_data

-- part: values
%(campaign)s, %(campaign)s, 'new' || r || '@example.com', 'New ' || r, sha256(r::text::bytea), r / 500 + 1, now(),
jsonb_build_object('city', 'City ' || r %% 100)

-- name: plan_flat
insert into spike.flat ({columns}) select {values} from generate_series(%(first)s::integer, %(last)s::integer) r
on conflict (email_campaign_id, recipient_email) do nothing;

-- name: plan_parted
insert into spike.parted ({columns}, month) select {values}, %(month)s from generate_series(%(first)s::integer, %(last)s::integer) r
on conflict (email_campaign_id, recipient_email, month) do nothing;

-- part: due
s.email_campaign_id = %(campaign)s and s.chunk_no = %(chunk)s and s.status = 'pending' and s.not_before <= now()
order by s.not_before limit 500 for update skip locked

-- name: claim_flat
update spike.flat c set status = 'sending' where c.email_send_id in (select s.email_send_id from spike.flat s where {due})
returning c.email_send_id;

-- name: claim_parted
-- Told the month by the plan.
update spike.parted c set status = 'sending'
where c.month = %(month)s
    and c.email_send_id in (select s.email_send_id from spike.parted s where s.month = %(month)s and {due})
returning c.email_send_id;

-- name: events_flat
update spike.flat s set status = 'delivered', delivered_at = least(s.delivered_at, now())
from unnest(%(ids)s::uuid[]) e (id) where s.email_send_id = e.id;

-- name: events_parted
-- What a provider sends back has no month: each partition's index is asked.
update spike.parted s set status = 'delivered', delivered_at = least(s.delivered_at, now())
from unnest(%(ids)s::uuid[]) e (id) where s.email_send_id = e.id;

-- name: events_parted_told
-- If the message's tags had the month in them.
update spike.parted s set status = 'delivered', delivered_at = least(s.delivered_at, now())
from unnest(%(ids)s::uuid[], %(months)s::date[]) e (id, month) where s.email_send_id = e.id and s.month = e.month;

-- name: progress_flat
select s.status, count(*) from spike.flat s where s.created_by_user_id = %(campaign)s and s.email_campaign_id = %(campaign)s
group by s.status;

-- name: progress_parted
select s.status, count(*) from spike.parted s where s.created_by_user_id = %(campaign)s and s.email_campaign_id = %(campaign)s
group by s.status;

-- name: retire_flat
-- Today: names and addresses of the oldest month go, its rows stay. In portions, as the cleanup does.
update spike.flat s set recipient_email = 'erased@invalid' || s.email_send_id, recipient_name = null, template_data = '{}'
from spike.campaigns c where c.n = %(n)s and s.email_campaign_id = c.email_campaign_id;

-- name: delete_flat
delete from spike.flat s using spike.campaigns c where c.n = %(n)s and s.email_campaign_id = c.email_campaign_id;

-- name: drop_parted
drop table spike.parted_2025_01;

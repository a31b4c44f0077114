-- requires: functions/recompute_analytics.sql, functions/detached_actions.sql
-- A sample of statistics, compared with the facts: an alarm goes off where one differs. One statement has one snapshot, in
-- which statistics and the queue's changes are together what the facts and their archive say.

create or replace function ddp.differing_statistics(p_share double precision) returns bigint
    language sql volatile security definer
    set search_path = ''
as $$
    with files as (
        select f.file_id from public.files f where random() < p_share
    ), campaigns as (
        select e.email_campaign_id from public.email_campaigns e where random() < p_share
    ), detached as materialized (
        select d.file_id, count(*) as actions from ddp.detached_actions() d
        where d.action_type in ('VIEW', 'DOWNLOAD')
        group by d.file_id
    ), compared (counted, facts) as (
        select
            coalesce((select s.view_count + s.download_count from ddp.file_stats s where s.file_id = f.file_id), 0)
            + (
                select coalesce(sum(q.change), 0) from ddp.metric_changes q
                where q.entity_type = 'file' and q.entity_id = f.file_id and q.metric_name in ('views', 'downloads')
            ),
            (
                select count(*) from public.file_actions a
                where a.file_id = f.file_id and a.action_type in ('VIEW', 'DOWNLOAD')
            )
            + coalesce((select a.view_count + a.download_count from ddp.archived_files a where a.file_id = f.file_id), 0)
            + coalesce((select d.actions from detached d where d.file_id = f.file_id), 0)
        from files f
        union all
        select
            coalesce((select s.sent from ddp.email_campaign_stats s where s.email_campaign_id = c.email_campaign_id), 0)
            + (
                select coalesce(sum(q.change), 0) from ddp.metric_changes q
                where q.entity_type = 'email_campaign' and q.entity_id = c.email_campaign_id and q.metric_name = 'sent'
            ),
            (
                select count(*) from public.email_sends s
                where s.email_campaign_id = c.email_campaign_id and s.sent_at is not null
            )
        from campaigns c
    )
    select count(*) from compared c where c.counted <> c.facts and not ddp.is_recomputing()
$$;
comment on function ddp.differing_statistics(double precision) is
    'How many of a random share (0 to 1) of the files'' and e-mail campaigns'' statistics differ from the facts: 0 if all is '
    'well. None while a recomputation is under way.';
revoke all on function ddp.differing_statistics(double precision) from public, anon, authenticated, service_role;
grant execute on function ddp.differing_statistics(double precision) to service_role;

-- One portion of the queue → ddp.taken_changes, which every fold reads.

-- An entity that is gone was its owner's as far as its daily figures say: what it leaves is then taken from the owner's
-- totals too. What was never counted has neither. A fact of a day whose facts were removed counts in totals only: it comes
-- without its day, because neither recomputing nor a late fact changes that day any more.
create or replace function ddp.add_taken_changes(p_changes text, p_rows tid[] default null) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_taken bigint;
begin
    execute format($query$
        %s
        insert into ddp.taken_changes
            (entity_type, entity_id, user_id, metric_name, day, change, last_at, quarter, owner_user_id)
        select
            t.*,
            coalesce(
                case t.entity_type
                    when 'file' then f.created_by_user_id
                    when 'email_campaign' then e.created_by_user_id
                    when 'sms_campaign' then s.created_by_user_id
                    when 'social_post' then account.user_id
                    when 'user' then t.entity_id
                    when 'campaign' then k.created_by_user_id
                end,
                case when t.day is not null and t.entity_type in ('email_campaign', 'sms_campaign', 'social_post') then (
                    select d.owner_user_id from public.daily_analytics d
                    where d.entity_type = t.entity_type and d.entity_id = t.entity_id
                        and d.metric_name = t.metric_name and d.date_recorded = t.day
                ) end
            )
        from (
            select
                c.entity_type, c.entity_id, c.user_id, c.metric_name, d.day, sum(c.change), max(c.last_at) as last_at,
                case when d.day is not null then c.quarter end as quarter
            from changes c
            left join ddp.kept_since k on k.entity_type = c.entity_type and k.entity_type in ('file', 'user')
            cross join lateral (select case when k.first_day is null or c.day >= k.first_day then c.day end as day) d
            group by c.entity_type, c.entity_id, c.user_id, c.metric_name, d.day, 8
        ) t
        left join public.files f on f.file_id = t.entity_id and t.entity_type = 'file'
        left join public.campaigns k on k.campaign_id = t.entity_id and t.entity_type = 'campaign'
        left join public.email_campaigns e on e.email_campaign_id = t.entity_id and t.entity_type = 'email_campaign'
        left join public.sms_campaigns s on s.sms_campaign_id = t.entity_id and t.entity_type = 'sms_campaign'
        left join public.social_posts p on p.post_id = t.entity_id and t.entity_type = 'social_post'
        left join public.social_accounts account on account.account_id = p.account_id
    $query$, p_changes) using p_rows;
    get diagnostics v_taken = row_count;
    return v_taken;
end
$$;
comment on function ddp.add_taken_changes(text, tid[]) is
    'Sums up changes into ddp.taken_changes, each with the owner of its entity; returns how many rows that are. p_changes '
    'is a WITH clause that defines `changes`, rows like those of ddp.metric_changes; $1 in it is p_rows.';

-- Rows of the queue are added and taken, never changed, and one refresh takes at a time: what the first statement sees is
-- still there for the second. The order does not matter, because changes are sums.
create or replace function ddp.take_changes(p_most integer, out taken bigint, out is_drained boolean)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_rows constant tid[] := array(select q.ctid from ddp.metric_changes q limit p_most);
begin
    taken := ddp.add_taken_changes(
        'with changes as (delete from ddp.metric_changes q where q.ctid = any ($1) returning q.*)', v_rows
    );
    is_drained := cardinality(v_rows) < p_most;
end
$$;
comment on function ddp.take_changes(integer) is
    'Takes at most p_most rows of the queue: those that are committed. is_drained: there were no more.';

-- TRUNCATE gives the space back at once, but needs the table to itself: where something reads it, a dump for example, the
-- rows are deleted and VACUUM gives the space back later.
create or replace function ddp.forget_taken_changes() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    lock table ddp.taken_changes in access exclusive mode nowait;
    truncate ddp.taken_changes;
exception
    when lock_not_available then
        delete from ddp.taken_changes;
end
$$;
comment on function ddp.forget_taken_changes() is 'Empties ddp.taken_changes without waiting for anybody.';
revoke all on function
    ddp.add_taken_changes(text, tid[]), ddp.take_changes(integer), ddp.forget_taken_changes()
    from public, anon, authenticated, service_role;

-- requires: functions/partition_key.sql, functions/archive.sql, functions/detached_actions.sql, functions/fold_daily.sql
-- requires: functions/fold_file_actions.sql, functions/recompute_analytics.sql
-- A month that is too old goes in small steps, each a transaction of its own: it is detached, archived in portions, and
-- dropped piece by piece, as removing the files of a large one takes seconds. Detaching locks the table, and dropping its
-- references the tables that they lead to, both for milliseconds and only if the lock is free within a tenth of a second:
-- nobody queues behind a step for longer. Never two months in one step.

create or replace function ddp.old_months(p_parent regclass, p_before timestamptz)
    returns table (partition regclass, month date)
    language sql stable
    set search_path = ''
as $$
    select i.inhrelid::regclass, m.month
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    cross join lateral (select to_date(right(c.relname, 7), 'YYYY_MM') as month) m
    where i.inhparent = p_parent and c.relname ~ '_\d{4}_\d{2}$' and m.month < (p_before at time zone 'UTC')::date
    order by m.month
$$;
comment on function ddp.old_months(regclass, timestamptz) is 'Partitions of months that ended before a time, the oldest first.';

create or replace function ddp.settle_days(p_parent_name name, p_first_day date) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.kept_since as k (entity_type, first_day)
    select t.entity_type, p_first_day
    from unnest(case p_parent_name
        when 'file_actions' then '{file}'::text[]
        when 'social_engagement' then '{social_engagement}'
        when 'daily_analytics' then '{file,user,campaign,email_campaign,sms_campaign,social_post}'
    end) t (entity_type)
    on conflict (entity_type) do update set first_day = excluded.first_day where excluded.first_day > k.first_day
$$;
comment on function ddp.settle_days(name, date) is
    'Notes that facts (file_actions, social_engagement) or days (daily_analytics) before a day are gone: they do not come back.';

create or replace function ddp.detach_month(p_parent regclass, p_partition regclass, p_month date) returns void
    language plpgsql volatile
    set search_path = ''
    set lock_timeout = '100ms'
as $$
declare
    v_parent_name name;
    v_name name;
begin
    select k.table_name into strict v_parent_name from ddp.partition_key(p_parent) k;
    select c.relname into strict v_name from pg_catalog.pg_class c where c.oid = p_partition;
    -- Engagement is read from its archive and the table: what is archived before the month goes is never missing.
    if v_parent_name = 'social_engagement' then
        perform ddp.archive_engagement(format('select p.* from %s p', p_partition));
    end if;
    perform ddp.settle_days(v_parent_name, (p_month + interval '1 month')::date);
    execute format('alter table %s detach partition %s', p_parent, p_partition);
    insert into ddp.detached_months (table_name, parent_name, block_count)
    values (v_name, v_parent_name, pg_catalog.pg_relation_size(p_partition) / current_setting('block_size')::bigint);
end
$$;
comment on function ddp.detach_month(regclass, regclass, date) is
    'Takes a month out of its table and into ddp.detached_months. 55P03 if the table is in use for a tenth of a second.';

create or replace function ddp.archive_blocks(p_month ddp.detached_months, p_rows integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- A page has some 50 rows of these tables.
    v_until constant bigint := least(p_month.next_block + greatest(p_rows / 50, 1), p_month.block_count);
    v_source constant text := format(
        'select d.* from ddp.%I d where d.ctid >= %L::tid and d.ctid < %L::tid', p_month.table_name,
        format('(%s,0)', p_month.next_block), format('(%s,0)', v_until)
    );
    v_count bigint;
begin
    if p_month.parent_name = 'file_actions' then
        v_count := ddp.archive_actions(v_source);
    else
        if p_month.parent_name = 'social_engagement' then
            perform ddp.archive_engagement(v_source);
        end if;
        execute format('select count(*) from (%s) d', v_source) into v_count;
    end if;
    update ddp.detached_months m set next_block = v_until, row_count = m.row_count + v_count
    where m.table_name = p_month.table_name;
    return v_count;
end
$$;
comment on function ddp.archive_blocks(ddp.detached_months, integer) is
    'Archives (or, where nothing is kept, counts) the next blocks of a detached month, about so many rows; returns how many.';

create or replace function ddp.drop_next_of_month(p_month ddp.detached_months) returns boolean
    language plpgsql volatile
    set search_path = ''
    set lock_timeout = '100ms'
as $$
declare
    v_table constant regclass := format('ddp.%I', p_month.table_name);
    v_statement text;
begin
    select format('alter table %s %s', v_table, string_agg(format('drop constraint %I', c.conname), ', '))
    into v_statement
    from pg_catalog.pg_constraint c
    where c.conrelid = v_table and c.contype = 'f'
    having count(*) > 0;
    if v_statement is null then
        select case
            when c.conname is null then format('drop index %s', i.indexrelid::regclass)
            else format('alter table %s drop constraint %I', v_table, c.conname)
        end
        into v_statement
        from pg_catalog.pg_index i
        left join pg_catalog.pg_constraint c on c.conindid = i.indexrelid and c.conrelid = v_table
        where i.indrelid = v_table
        limit 1;
    end if;
    execute coalesce(v_statement, format('drop table %s', v_table));
    if v_statement is not null then
        return false;
    end if;
    delete from ddp.detached_months m where m.table_name = p_month.table_name;
    return true;
end
$$;
comment on function ddp.drop_next_of_month(ddp.detached_months) is
    'Drops the next piece of a detached month that is archived: its references, then an index, at last the table; returns whether '
    'all is gone. 55P03 if a table that it refers to is in use for a tenth of a second.';

-- Rows that came after their month was dropped, or long before there were partitions.
create or replace function ddp.clean_default(p_parent regclass, p_before timestamptz, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_name name;
    v_key name;
    v_source text;
    v_count bigint;
begin
    select k.table_name, k.key into strict v_name, v_key from ddp.partition_key(p_parent) k;
    v_source := format(
        'delete from ddp.%1$I d where d.ctid = any (array(select o.ctid from ddp.%1$I o where o.%2$I < %3$L limit %4$s'
        ' for update skip locked)) returning d.*', v_name || '_default', v_key, p_before, p_limit
    );
    if v_name = 'file_actions' then
        return ddp.archive_actions(v_source);
    elsif v_name = 'social_engagement' then
        perform ddp.archive_engagement(format(
            'select d.* from ddp.%I d where d.%I < %L', v_name || '_default', v_key, p_before
        ));
    end if;
    execute v_source;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.clean_default(regclass, timestamptz, integer) is
    'Removes rows from before a time of a table''s default partition, at most p_limit, archiving them; returns how many.';

create or replace function ddp.clean_months(
    p_parent regclass, p_keep interval, p_limit integer, out removed bigint, out worked bigint, out is_left boolean
)
    language plpgsql volatile
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_before constant timestamptz := date_trunc('month', now() - p_keep);
    v_name name;
    v_month ddp.detached_months;
    v_old record;
begin
    removed := 0;
    worked := 0;
    is_left := true;
    select k.table_name into strict v_name from ddp.partition_key(p_parent) k;
    -- One cleaner at a time: a second one leaves the work to the first, and both leave facts that are being counted alone.
    if not pg_try_advisory_xact_lock(hashtext('ddp.archive')) or ddp.is_recomputing() then
        is_left := null;
        return;
    end if;
    select m.* into v_month from ddp.detached_months m where m.parent_name = v_name order by m.table_name limit 1;
    if v_month.next_block < v_month.block_count then
        worked := ddp.archive_blocks(v_month, p_limit);
        return;
    elsif v_month.table_name is not null then
        if ddp.drop_next_of_month(v_month) then
            removed := v_month.row_count;
        end if;
        return;
    end if;
    select m.partition, m.month into v_old from ddp.old_months(p_parent, v_before) m limit 1;
    if v_old.month is not null then
        perform pg_advisory_xact_lock(hashtext('ddp.ensure_partitions'), p_parent::oid::integer);
        perform ddp.detach_month(p_parent, v_old.partition, v_old.month);
        return;
    end if;
    perform ddp.settle_days(v_name, v_before::date);
    removed := ddp.clean_default(p_parent, v_before, p_limit);
    worked := removed;
    is_left := removed = p_limit;
end
$$;
comment on function ddp.clean_months(regclass, interval, integer) is
    'Takes the next step towards a table without the months that ended longer ago than p_keep: archives a portion of a '
    'detached month, or drops a piece of it, or detaches the oldest month, or removes rows of the default partition. `removed`: '
    'rows that are gone; `worked`: rows read; `is_left`: call again; null: somebody else is at it.';

create or replace function ddp.count_old_months(p_parent regclass, p_keep interval) returns bigint
    language plpgsql stable
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_before constant timestamptz := date_trunc('month', now() - p_keep);
    v_name name;
    v_key name;
    v_source text;
    v_count bigint;
    v_sum bigint := 0;
begin
    select k.table_name, k.key into strict v_name, v_key from ddp.partition_key(p_parent) k;
    for v_source in
        select format('%s', m.partition) from ddp.old_months(p_parent, v_before) m
        union all
        select format('ddp.%I', d.table_name) from ddp.detached_months d where d.parent_name = v_name
        union all
        select format('(select from ddp.%I o where o.%I < %L)', v_name || '_default', v_key, v_before)
    loop
        execute format('select count(*) from %s o', v_source) into v_count;
        v_sum := v_sum + v_count;
    end loop;
    return v_sum;
end
$$;
comment on function ddp.count_old_months(regclass, interval) is 'How many rows ddp.clean_months would remove in the end.';

revoke all on function
    ddp.old_months(regclass, timestamptz), ddp.settle_days(name, date), ddp.detach_month(regclass, regclass, date),
    ddp.archive_blocks(ddp.detached_months, integer), ddp.drop_next_of_month(ddp.detached_months),
    ddp.clean_default(regclass, timestamptz, integer), ddp.clean_months(regclass, interval, integer),
    ddp.count_old_months(regclass, interval)
    from public, anon, authenticated, service_role;

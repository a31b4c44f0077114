-- A month of file_actions that is being removed is detached, and then archived block by block. What is not archived yet
-- still counts: recomputing and counters read it here.

create or replace function ddp.detached_rows_of(p_table name) returns text
    language sql stable
    set search_path = ''
as $$
    select format('select d.* from ddp.%I d where d.ctid >= %L::tid', m.table_name, format('(%s,0)', m.next_block))
    from ddp.detached_months m
    where m.table_name = p_table
$$;
comment on function ddp.detached_rows_of(name) is 'A query for the rows of a detached month that are not in the archive.';

create or replace function ddp.detached_actions() returns setof public.file_actions
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_table name;
begin
    for v_table in select m.table_name from ddp.detached_months m where m.parent_name = 'file_actions' loop
        return query execute ddp.detached_rows_of(v_table);
    end loop;
end
$$;
comment on function ddp.detached_actions() is
    'Actions of detached months that are not in the archive: with file_actions and the archive, all there ever were.';

create or replace function ddp.detached_downloads_of(p_file_id uuid) returns bigint
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_table name;
    v_count bigint;
    v_sum bigint := 0;
begin
    for v_table in select m.table_name from ddp.detached_months m where m.parent_name = 'file_actions' loop
        execute format(
            'select count(*) from (%s) a where a.file_id = $1 and a.action_type = ''DOWNLOAD''',
            ddp.detached_rows_of(v_table)
        ) into v_count using p_file_id;
        v_sum := v_sum + v_count;
    end loop;
    return v_sum;
end
$$;
comment on function ddp.detached_downloads_of(uuid) is 'Downloads of a file among ddp.detached_actions(), by the index.';

revoke all on function ddp.detached_rows_of(name), ddp.detached_actions(), ddp.detached_downloads_of(uuid)
    from public, anon, authenticated, service_role;

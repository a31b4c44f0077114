-- Slices of a recomputation may be as short as a quarter hour: without an index, each would read its whole month. A BRIN index
-- costs writers next to nothing. Months of more than 1 GB stay without it, because it would keep writers waiting; their
-- slices read more, and later months have it.
-- Of no partition yet, so it is made at once.
-- squawk-ignore require-concurrent-index-creation
create index file_actions_time_brin on only public.file_actions using brin (action_timestamp) with (autosummarize = on);

do $$
declare
    v_partition regclass;
    v_index text;
begin
    for v_partition in
        select i.inhrelid from pg_catalog.pg_inherits i
        where i.inhparent = 'public.file_actions'::regclass and pg_catalog.pg_relation_size(i.inhrelid) < 1000000000
    loop
        v_index := (select c.relname || '_time_brin' from pg_catalog.pg_class c where c.oid = v_partition);
        execute format(
            'create index %I on %s using brin (action_timestamp) with (autosummarize = on)', v_index, v_partition
        );
        execute format('alter index public.file_actions_time_brin attach partition ddp.%I', v_index);
    end loop;
end
$$;

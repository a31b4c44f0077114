-- transaction: none
-- What was there before 0166, a thousand files at a time: whoever changes one of them waits for those, and not for all.

do $$
declare
    v_file_ids uuid[];
    v_after uuid;
begin
    loop
        v_file_ids := array(
            select distinct a.file_id
            from ddp.file_access a
            where v_after is null or a.file_id > v_after
            order by a.file_id
            limit 1000
        );
        exit when v_file_ids = '{}';
        update ddp.file_access a set file_created_at = f.created_at
        from public.files f
        where f.file_id = a.file_id and a.file_id = any (v_file_ids) and a.file_created_at is null;
        commit;
        v_after := v_file_ids[cardinality(v_file_ids)];
    end loop;
end
$$;

-- transaction: none
-- What was there before, a thousand files at a time: whoever changes one of them waits for those, and not for all.

do $$
declare
    v_file_ids uuid[];
    v_after uuid;
begin
    loop
        v_file_ids := array(
            select f.file_id
            from public.files f
            where (v_after is null or f.file_id > v_after)
                and f.deleted_at is null
                and (
                    f.is_public
                    or f.is_brand_asset
                    or exists (select from public.file_shares s where s.file_id = f.file_id)
                )
            order by f.file_id
            limit 1000
        );
        exit when v_file_ids = '{}';
        perform ddp.refresh_file_access(v_file_ids);
        commit;
        v_after := v_file_ids[cardinality(v_file_ids)];
    end loop;
end
$$;

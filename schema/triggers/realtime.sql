-- Supabase's publication of changes, where there is one: what a page shows while it waits for an upload or a send. Never
-- content, audiences or ledgers. Realtime sends a row to users who may select it; the columns are those that anything
-- reading the publication gets (schema/README.md says what Realtime makes of them).

do $$
declare
    v_publication constant pg_catalog.pg_publication := (
        select p from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime'
    );
    v_table text;
    v_columns text[];
begin
    if v_publication.oid is null then
        return;
    elsif v_publication.puballtables or not pg_catalog.pg_has_role(v_publication.pubowner, 'USAGE') then
        raise notice 'supabase_realtime stays as it is: it publishes all tables, or % may not change it.', current_user;
        return;
    end if;
    for v_table, v_columns in
        values
            (
                'uploads',
                '{upload_id,file_id,created_by_user_id,state,rejection_code,expires_at,created_at,updated_at,settled_at}'::text[]
            ),
            (
                'send_plans',
                '{send_plan_id,channel,email_campaign_id,sms_campaign_id,created_by_user_id,scheduled_at,created_at,queued_at,'
                'planned_at,started_at,paused_at,resumed_at,cancelled_at,completed_at,failed_at,failure_code}'::text[]
            ),
            (
                'notices',
                '{notice_id,user_id,cause,subject_type,subject_id,day,count,detail,created_at,updated_at,read_at}'::text[]
            )
    loop
        if exists (
            select from pg_catalog.pg_publication_rel r
            where r.prpubid = v_publication.oid and r.prrelid = format('public.%I', v_table)::regclass
        ) then
            execute format('alter publication supabase_realtime drop table public.%I', v_table);
        end if;
        execute format(
            'alter publication supabase_realtime add table public.%I (%s)', v_table, array_to_string(v_columns, ', ')
        );
    end loop;
end
$$;

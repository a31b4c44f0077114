-- requires: functions/metric_changes.sql
-- Every table that statistics come from, and the events that change what its rows count for. Actions, sessions and
-- conversions are deleted by retention only, which has no trigger: the statistics keep what was counted, and retention
-- archives what recomputing needs.
--
-- Each table has a function of its own, generated here from ddp.metric_changes_of, so that its statements are planned once
-- per connection: recording one e-mail's change takes a fraction of the time that planning would take.
-- SECURITY DEFINER: users who write facts may not write the queue.

do $$
declare
    v_sources constant jsonb := jsonb_build_object(
        'insert', 'select c.*, 1 as sign from changed c',
        'update', 'select c.*, 1 as sign from changed c union all select b.*, -1 from before b',
        'delete', 'select b.*, -1 as sign from before b'
    );
    v_transition constant jsonb := jsonb_build_object(
        'insert', 'new table as changed',
        'update', 'old table as before new table as changed',
        'delete', 'old table as before'
    );
    v_table text;
    v_events text[];
    v_event text;
    v_function text;
begin
    for v_table, v_events in
        values
            ('file_actions', '{insert}'::text[]), ('sessions', '{insert, update}'), ('files', '{update}'),
            ('users', '{update}'), ('email_sends', '{insert, update, delete}'),
            ('sms_sends', '{insert, update, delete}'), ('social_posts', '{insert, update, delete}'),
            ('social_engagement', '{insert, update, delete}'), ('email_campaigns', '{insert, update, delete}'),
            ('sms_campaigns', '{insert, update, delete}'), ('campaign_participants', '{insert, update, delete}'),
            ('templates', '{insert, update, delete}'), ('collection_files', '{insert, update, delete}'),
            ('brand_assets', '{insert, update, delete}'), ('product_variants', '{insert, update, delete}'),
            ('wish_list_items', '{insert, update, delete}'), ('conversions', '{insert, update}'),
            ('campaign_expenses', '{insert, update, delete}')
    loop
        foreach v_event in array v_events loop
            v_function := format('ddp.note_%s_of_%s()', v_event, v_table);
            execute format(
                'create or replace function %s returns trigger language plpgsql security definer set search_path = '''''
                ' as $body$ begin insert into ddp.metric_changes %s; return null; end $body$',
                v_function, ddp.metric_changes_of(v_table, v_sources ->> v_event, p_quarters => true)
            );
            execute format(
                'comment on function %s is %L', v_function,
                format('Trigger on %s, once per statement: adds what it changed to the queue. Expects its transition tables.', v_table)
            );
            execute format('revoke all on function %s from public, anon, authenticated, service_role', v_function);
            execute format(
                'create or replace trigger metric_changes_%1$s after %1$s on public.%2$I referencing %3$s'
                ' for each statement execute function %4$s',
                v_event, v_table, v_transition ->> v_event, v_function
            );
        end loop;
    end loop;
end
$$;

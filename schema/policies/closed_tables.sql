-- requires: functions/active_user.sql
-- Tables that no feature opens to their users yet: administrators read them, workers read and write. A table leaves
-- this list when it gets a file of its own.

do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'campaign_templates', 'template_retailer_usage',
        'products', 'product_variants', 'watch_models', 'wish_list_items', 'regional_wish_lists',
        'daily_asset_downloads', 'retailer_asset_activity', 'retailer_scores', 'daily_analytics'
    ] loop
        execute format('revoke all on public.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select on public.%I to authenticated', v_table);
        execute format('grant select, insert, update, delete on public.%I to service_role', v_table);
        execute format('drop policy if exists read on public.%I', v_table);
        execute format(
            'create policy read on public.%I for select to authenticated'
            ' using ((select ddp.active_user_type()) = ''admin'')', v_table
        );
        execute format('drop policy if exists workers on public.%I', v_table);
        execute format(
            'create policy workers on public.%I to service_role using (true) with check (true)', v_table
        );
    end loop;
end
$$;

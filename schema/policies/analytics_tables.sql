-- requires: functions/active_user.sql, policies/files.sql, policies/users.sql, policies/sessions.sql, policies/campaigns.sql
-- requires: policies/email_campaigns.sql, policies/sms_campaigns.sql, policies/social_posts.sql, policies/collections.sql
-- requires: policies/products.sql
-- The counters behind the analytics views: who sees the row sees its counters. The owner's shortcut spares the common
-- case a look at the row. Only how often models are wished for is for their owner alone, though everyone sees the model.

do $$
declare
    v_table text;
    v_owner_table text;
    v_key text;
    v_seen text;
begin
    for v_table, v_owner_table, v_key in
        values
            ('file_stats', 'files', 'file_id'),
            ('user_stats', 'users', 'user_id'),
            ('session_stats', 'sessions', 'session_id'),
            ('campaign_stats', 'campaigns', 'campaign_id'),
            ('email_campaign_stats', 'email_campaigns', 'email_campaign_id'),
            ('sms_campaign_stats', 'sms_campaigns', 'sms_campaign_id'),
            ('social_post_stats', 'social_posts', 'post_id'),
            ('collection_stats', 'collections', 'collection_id'),
            ('product_stats', 'products', 'product_id'),
            ('model_stats', null, 'model_id')
    loop
        v_seen := 'owner_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null';
        if v_owner_table is not null then
            v_seen := v_seen || format(
                ' or exists (select from public.%I o where o.%I = %I.%I offset 0)', v_owner_table, v_key, v_table, v_key
            );
        end if;
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select on ddp.%I to authenticated, service_role', v_table);
        execute format('drop policy if exists read on ddp.%I', v_table);
        execute format('create policy read on ddp.%I for select to authenticated using (%s)', v_table, v_seen);
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I for select to service_role using (true)', v_table);
    end loop;
end
$$;

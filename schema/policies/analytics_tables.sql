-- requires: functions/active_user.sql, policies/files.sql, policies/users.sql, policies/sessions.sql, policies/campaigns.sql
-- requires: policies/email_campaigns.sql, policies/sms_campaigns.sql, policies/social_posts.sql, policies/collections.sql
-- requires: policies/products.sql, policies/file_access.sql
-- The counters behind the analytics views: users who see a row see its counters. A shortcut for the owner avoids looking
-- up the row in the common case (`case`: policies/files.sql); for files, the conditions of the policy on `files` are
-- repeated here. Wishes for models are the exception: only the model's owner sees them, though everyone sees the model.

do $$
declare
    v_table text;
    v_seen_through text;
    v_key text;
    v_seen text;
begin
    for v_table, v_seen_through, v_key in
        values
            ('file_stats', 'ddp.file_access', 'file_id'),
            ('user_stats', 'public.users', 'user_id'),
            ('session_stats', 'public.sessions', 'session_id'),
            ('campaign_stats', 'public.campaigns', 'campaign_id'),
            ('email_campaign_stats', 'public.email_campaigns', 'email_campaign_id'),
            ('sms_campaign_stats', 'public.sms_campaigns', 'sms_campaign_id'),
            ('social_post_stats', 'public.social_posts', 'post_id'),
            ('collection_stats', 'public.collections', 'collection_id'),
            ('product_stats', 'public.products', 'product_id'),
            ('model_stats', null, 'model_id')
    loop
        v_seen := 'when owner_user_id then true when ''ffffffff-ffff-ffff-ffff-ffffffffffff'' then true';
        if v_seen_through is not null then
            v_seen := v_seen || format(
                ' else exists (select from %s o where o.%I = %I.%I offset 0)', v_seen_through, v_key, v_table, v_key
            );
        end if;
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select on ddp.%I to authenticated, service_role', v_table);
        execute format('drop policy if exists read on ddp.%I', v_table);
        execute format(
            'create policy read on ddp.%I for select to authenticated using (case (select ddp.reader_id()) %s end)',
            v_table, v_seen
        );
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I for select to service_role using (true)', v_table);
    end loop;
end
$$;

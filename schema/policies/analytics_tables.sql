-- requires: functions/active_user.sql, functions/campaigns_of_caller.sql, policies/files.sql, policies/users.sql, policies/sessions.sql, policies/campaigns.sql
-- requires: policies/email_campaigns.sql, policies/sms_campaigns.sql, policies/social_posts.sql, policies/collections.sql
-- requires: policies/products.sql, policies/file_access.sql
-- The counters behind the analytics views: users who see a row see its counters. A shortcut for the owner avoids looking
-- up the row in the common case (`case`: policies/files.sql). Otherwise the conditions of the row's own policy are
-- repeated here, where they need no other table: a sub-select is planned by every list, even if no row needs it.
-- Wishes for models are the exception: only the model's owner sees them, though everyone sees the model. Quarter hours are
-- the owner's; those of the platform, which have none, are for administrators.

do $$
declare
    v_table text;
    v_others text;
begin
    for v_table, v_others in
        values
            ('file_stats', 'else exists (select from ddp.file_access o where o.file_id = file_stats.file_id offset 0)'),
            ('user_stats', ''),
            ('session_stats', ''),
            ('campaign_stats', 'else campaign_id = any ((select ddp.campaigns_of_caller())::uuid[])'),
            ('email_campaign_stats', 'when campaign_owner_id then true'),
            ('sms_campaign_stats', 'when campaign_owner_id then true'),
            -- The campaign's creator sees no drafts.
            (
                'social_post_stats',
                'when campaign_owner_id then exists (select from public.social_posts o where o.post_id = social_post_stats.post_id offset 0)'
            ),
            (
                'collection_stats',
                'else exists (select from public.collections o where o.collection_id = collection_stats.collection_id offset 0)'
            ),
            (
                'product_stats',
                'else exists (select from public.products o where o.product_id = product_stats.product_id offset 0)'
            ),
            ('model_stats', ''),
            ('quarter_hours', ''),
            ('social_account_days', '')
    loop
        execute format('revoke all on ddp.%I from public, anon, authenticated, service_role', v_table);
        execute format('grant select on ddp.%I to authenticated, service_role', v_table);
        execute format('drop policy if exists read on ddp.%I', v_table);
        execute format(
            'create policy read on ddp.%I for select to authenticated using (case (select ddp.reader_id()) '
            'when owner_user_id then true when ''ffffffff-ffff-ffff-ffff-ffffffffffff'' then true %s end)',
            v_table, v_others
        );
        execute format('drop policy if exists workers on ddp.%I', v_table);
        execute format('create policy workers on ddp.%I for select to service_role using (true)', v_table);
    end loop;
end
$$;

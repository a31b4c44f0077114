-- requires: functions/audit_changes.sql
-- Every table that a user can change, except ledgers and logs, which are their own record (schema/README.md).
-- A trigger with transition tables has one event.

do $$
declare
    v_table text;
    v_keys text[];
    v_derived text;
    v_arguments text;
begin
    for v_table, v_derived in
        -- Derived columns: triggers compute them from rows that are audited themselves or logged elsewhere.
        values
            ('account_members', ''), ('approvals', ''), ('brand_assets', 'download_count,changes_at'), ('campaign_expenses', ''),
            ('campaign_item_responses', ''), ('campaign_items', 'offer_at'), ('campaign_participants', ''),
            ('campaign_funds', ''), ('campaigns', 'budget_spent,budget_reimbursed'), ('collection_files', ''), ('collections', ''), ('conversion_keys', ''), ('devices', ''),
            ('email_campaigns', ''), ('file_shares', ''), ('fund_claim_files', ''), ('fund_claims', ''), ('files', 'is_public,is_brand_asset,metadata,file_url'), ('geography', ''),
            ('origination_identities', 'synced_at'), ('sms_prices', ''),
            ('product_variants', ''), ('retailer_groups', ''), ('retailer_group_blackouts', ''), ('products', ''), ('sender_identities', 'checked_at'), ('sending_windows', ''), ('sms_campaigns', ''),
            -- Machines keep these: the state of an account, and what becomes of a post. What people do to it without changing more,
            -- their functions log.
            ('social_accounts', 'access_token_encrypted,token_expires_at,reconnect_by,status,status_reason,is_active'),
            ('social_posts', 'status,problems,revision,external_post_id,published_at,permalink,error_code,error_reason'),
            ('social_post_media', ''), ('social_slots', ''), ('templates', ''), ('uploads', ''), ('user_invitations', ''), ('users', 'last_login_at'),
            ('watch_models', ''), ('wish_list_items', '')
    loop
        select array_agg(a.attname order by k.position) into v_keys
        from pg_catalog.pg_index i
        cross join unnest(i.indkey::smallint[]) with ordinality k (attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
        where i.indrelid = format('public.%I', v_table)::regclass and i.indisprimary;
        v_arguments := format('%L, %L, %L', v_keys[1], coalesce(v_keys[2], ''), format('{%s}', concat_ws(',', 'updated_at', nullif(v_derived, ''))));

        execute format(
            'create or replace trigger audit_insert after insert on public.%I referencing new table as changed'
            ' for each statement execute function ddp.audit_changes(%s)', v_table, v_arguments
        );
        execute format(
            'create or replace trigger audit_update after update on public.%I'
            ' referencing old table as before new table as changed'
            ' for each statement execute function ddp.audit_changes(%s)', v_table, v_arguments
        );
        execute format(
            'create or replace trigger audit_delete after delete on public.%I referencing old table as before'
            ' for each statement execute function ddp.audit_changes(%s)', v_table, v_arguments
        );
    end loop;
end
$$;

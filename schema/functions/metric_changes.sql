-- Facts → queue: one definition of what a row of each table counts for, used by the triggers for what a statement
-- changed and by ddp.recompute_analytics() for all there is.

create or replace function ddp.metric_changes_of(p_table text, p_source text) returns text
    language plpgsql immutable
    set search_path = ''
as $$
declare
    -- A row counts for metrics of entities, each with its time and amount. `sign` is -1 for a row as it was before a
    -- statement, so that what did not change adds up to zero.
    v_counted constant text := $counted$
        select m.entity_type, m.entity_id, m.user_id, m.metric_name, (m.at at time zone 'UTC')::date,
            sum(s.sign * m.amount)::bigint, max(m.at)
        from (%s) s
        cross join lateral (values %s) m (entity_type, entity_id, user_id, metric_name, at, amount)
        where m.entity_id is not null and (m.at is not null or m.metric_name = 'recipients')
        group by 1, 2, 3, 4, 5
        having sum(s.sign * m.amount) <> 0
    $counted$;
    -- A row touches entities, which are then derived again, where what they depend on changed.
    v_touched constant text := $touched$
        select m.entity_type, m.entity_id, m.user_id, 'touched', null::date, 0::bigint, null::timestamptz
        from (%s) s
        cross join lateral (values %s) m (entity_type, entity_id, user_id, depends_on)
        where m.entity_id is not null
        group by 1, 2, 3, m.depends_on
        having sum(s.sign) <> 0
    $touched$;
begin
    return case p_table
        when 'file_actions' then format(v_counted, p_source, $m$
            ('file', s.file_id, s.user_id, lower(s.action_type::text) || 's', s.action_timestamp, 1::bigint),
            ('session', s.session_id, null, lower(s.action_type::text) || 's', s.action_timestamp, 1)
        $m$)
        when 'sessions' then format(v_counted, p_source, $m$
            ('user', s.user_id, null::uuid, 'sessions', s.started_at, 1::bigint),
            ('user', s.user_id, null, 'ended_sessions', s.ended_at, 1),
            ('user', s.user_id, null, 'session_seconds', s.ended_at, case
                when isfinite(s.started_at) and isfinite(s.ended_at)
                then floor(extract(epoch from s.ended_at - s.started_at))::bigint
                else 0
            end)
        $m$)
        when 'email_sends' then format(v_counted, p_source, $m$
            ('email_campaign', s.email_campaign_id, null::uuid, 'recipients', null::timestamptz, 1::bigint),
            ('email_campaign', s.email_campaign_id, null, 'sent', s.sent_at, 1),
            ('email_campaign', s.email_campaign_id, null, 'delivered', s.delivered_at, 1),
            ('email_campaign', s.email_campaign_id, null, 'opened', s.opened_at, 1),
            ('email_campaign', s.email_campaign_id, null, 'clicked', s.clicked_at, 1),
            ('email_campaign', s.email_campaign_id, null, 'bounced', s.bounced_at, 1)
        $m$)
        when 'sms_sends' then format(v_counted, p_source, $m$
            ('sms_campaign', s.sms_campaign_id, null::uuid, 'recipients', null::timestamptz, 1::bigint),
            ('sms_campaign', s.sms_campaign_id, null, 'sent', s.sent_at, 1),
            ('sms_campaign', s.sms_campaign_id, null, 'delivered', s.delivered_at, 1)
        $m$)
        when 'social_posts' then format(v_counted, p_source, $m$
            ('social_post', s.post_id, null::uuid, 'published', s.published_at, 1::bigint)
        $m$) || ' union all ' || format(v_touched, p_source, $m$
            ('social_post', s.post_id, null::uuid, s.account_id::text),
            ('campaign', s.campaign_id, null, s.post_id::text),
            ('account', s.account_id, null, row(s.post_id, s.campaign_id, s.published_at)::text)
        $m$)
        when 'social_engagement' then format(v_touched, p_source, $m$
            ('social_post', s.post_id, null::uuid,
                row(s.engagement_id, s.engagement_type, s.engagement_count, s.recorded_at)::text)
        $m$)
        when 'email_campaigns' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, s.email_campaign_id::text),
            ('user', s.created_by_user_id, null, row(s.email_campaign_id, s.campaign_id, s.sent_at)::text),
            ('template', s.template_id, null,
                row(s.email_campaign_id, s.campaign_id, s.sent_at, s.created_by_user_id)::text)
        $m$)
        when 'sms_campaigns' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, s.sms_campaign_id::text),
            ('template', s.template_id, null,
                row(s.sms_campaign_id, s.campaign_id, s.sent_at, s.created_by_user_id)::text)
        $m$)
        when 'campaign_participants' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, s.retailer_id::text),
            ('user', s.retailer_id, null, row(s.campaign_id, s.joined_at)::text)
        $m$)
        when 'templates' then format(v_touched, p_source, $m$
            ('template', s.template_id, null::uuid,
                row(s.template_name, s.template_type, s.is_active, s.created_by_user_id)::text)
        $m$)
        when 'files' then format(v_touched, p_source, $m$
            ('file', s.file_id, null::uuid, row(s.file_size, s.deleted_at, s.created_by_user_id)::text)
        $m$)
        when 'collection_files' then format(v_touched, p_source, $m$
            ('collection', s.collection_id, null::uuid, s.file_id::text)
        $m$)
        when 'brand_assets' then format(v_touched, p_source, $m$
            ('asset', s.file_id, s.created_by_user_id, row(s.asset_id, s.asset_type, s.unpublished_at)::text)
        $m$)
        when 'product_variants' then format(v_touched, p_source, $m$
            ('product', s.product_id, null::uuid,
                row(s.variant_id, s.price, s.compare_at_price, s.inventory_quantity)::text)
        $m$)
        when 'wish_list_items' then format(v_touched, p_source, $m$
            ('model', s.model_id, null::uuid, row(s.retailer_id, s.wish_count)::text)
        $m$)
        when 'users' then format(v_touched, p_source, $m$
            ('user', s.user_id, null::uuid, row(s.user_name, s.user_type, s.profile_data ->> 'region')::text)
        $m$)
    end;
end
$$;
comment on function ddp.metric_changes_of(text, text) is
    'The query of what the rows of a source (a query of a table''s columns and `sign`) change, as rows of '
    'ddp.metric_changes.';
revoke all on function ddp.metric_changes_of(text, text) from public, anon, authenticated, service_role;

-- SECURITY DEFINER: who writes facts may not write the queue.
create or replace function ddp.record_metric_changes() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_source constant text := case tg_op
        when 'INSERT' then 'select c.*, 1 as sign from changed c'
        when 'DELETE' then 'select b.*, -1 as sign from before b'
        else 'select c.*, 1 as sign from changed c union all select b.*, -1 from before b'
    end;
begin
    execute 'insert into ddp.metric_changes ' || ddp.metric_changes_of(tg_table_name, v_source);
    return null;
end
$$;
comment on function ddp.record_metric_changes() is
    'Trigger on facts, once a statement: adds what it changed to the queue. Expects the transition tables `before` '
    'and `changed`, where the event has them.';
revoke all on function ddp.record_metric_changes() from public, anon, authenticated, service_role;

-- requires: functions/session_seconds.sql
-- Facts → queue: one definition of what a row of each table counts for. triggers/metric_changes.sql compiles it for the
-- rows that a statement changed; a recomputation uses it for all rows.

-- Quarter hours are kept for 100 whole UTC days; what is older counts by the day only.
create or replace function ddp.first_quarter() returns timestamptz
    language sql stable
    set search_path = ''
    return date_trunc('day', now(), 'UTC') - interval '100 days';
comment on function ddp.first_quarter() is 'The oldest quarter hour that is kept.';

-- A row of a ledger counts for its campaign, at the times of its timestamps. One cheap pass groups rows with the same
-- times: pending rows are one group per campaign, and what a statement did not change cancels out at once. A time is a
-- quarter hour or, before those, a UTC day.
create or replace function ddp.ledger_changes_of(
    p_campaign text, p_metrics text[], p_source text, p_quarters boolean default false
) returns text
    language sql immutable
    set search_path = ''
as $$
    select format(
        $query$
            select %1$L, d.campaign_id, null::uuid, m.metric_name, (m.at at time zone 'UTC')::date, sum(d.rows)::bigint,
                null::timestamptz%6$s
            from (
                select s.%1$s_id as campaign_id, sum(s.sign) as rows, %2$s
                from (%3$s) s
                group by s.%1$s_id, %4$s
                having sum(s.sign) <> 0
            ) d
            cross join lateral (values ('recipients', null::timestamptz), %5$s) m (metric_name, at)
            where m.at is not null or m.metric_name = 'recipients'
            group by d.campaign_id, m.metric_name, m.at
            having sum(d.rows) <> 0
        $query$,
        p_campaign,
        string_agg(format(
            case when p_quarters then
                'case when s.%1$s_at >= (select ddp.first_quarter()) then date_bin(''15 minutes'', s.%1$s_at, ''epoch'')'
                ' else date_trunc(''day'', s.%1$s_at, ''UTC'') end as %1$s_time'
            else 'date_trunc(''day'', s.%1$s_at, ''UTC'') as %1$s_time' end, metric
        ), ', '),
        p_source,
        string_agg(format('%s_time', metric), ', '),
        string_agg(format('(%1$L, d.%1$s_time)', metric), ', '),
        case when p_quarters then ', case when m.at >= (select ddp.first_quarter()) then m.at end' else '' end
    )
    from unnest(p_metrics) metric
$$;
comment on function ddp.ledger_changes_of(text, text[], text, boolean) is
    'ddp.metric_changes_of for email_sends and sms_sends: the campaign''s metrics `recipients` and, for each <metric> '
    'given, <metric>_at.';

create or replace function ddp.metric_changes_of(p_table text, p_source text, p_quarters boolean default false)
    returns text
    language plpgsql immutable
    set search_path = ''
as $$
declare
    -- Metrics of entities, each with time and amount. `sign` is -1 for a row as it was before a statement: what did not
    -- change adds up to zero. With p_quarters, a change is of one quarter hour, its last_at's: slices are cut at these.
    v_counted constant text :=
        'select m.entity_type, m.entity_id, m.user_id, m.metric_name, (m.at at time zone ''UTC'')::date,'
        ' sum(s.sign * m.amount)::bigint, max(m.at)'
        || case when p_quarters then
            ', case when m.at >= (select ddp.first_quarter()) then date_bin(''15 minutes'', m.at, ''epoch'') end'
        else '' end
        || ' from (%s) s cross join lateral (values %s) m (entity_type, entity_id, user_id, metric_name, at, amount)'
        || ' where m.entity_id is not null and m.at is not null group by 1, 2, 3, 4, 5'
        || case when p_quarters then ', 8, date_bin(''15 minutes'', m.at, ''epoch'')' else '' end
        || ' having sum(s.sign * m.amount) <> 0';
    -- A row touches entities, which are derived again because something that they depend on changed.
    v_touched constant text :=
        'select m.entity_type, m.entity_id, m.user_id, ''touched'', null::date, 0::bigint, null::timestamptz'
        || case when p_quarters then ', null::timestamptz' else '' end
        || ' from (%s) s cross join lateral (values %s) m (entity_type, entity_id, user_id, depends_on)'
        || ' where m.entity_id is not null group by 1, 2, 3, m.depends_on having sum(s.sign) <> 0';
begin
    return case p_table
        when 'file_actions' then format(v_counted, p_source, $m$
            ('file', s.file_id, s.user_id, lower(s.action_type::text) || 's', s.action_timestamp, 1::bigint),
            ('session', s.session_id, null, lower(s.action_type::text) || 's', s.action_timestamp, 1)
        $m$)
        when 'sessions' then format(v_counted, p_source, $m$
            ('user', s.user_id, null::uuid, 'sessions', s.started_at, 1::bigint),
            ('user', s.user_id, null, 'ended_sessions', s.ended_at, 1),
            ('user', s.user_id, null, 'session_seconds', s.ended_at, ddp.session_seconds(s.started_at, s.ended_at))
        $m$)
        when 'email_sends' then ddp.ledger_changes_of(
            'email_campaign',
            '{sent, delivered, opened, clicked, bounced, failed, complained, unsubscribed, machine_opened}',
            p_source, p_quarters
        )
        when 'sms_sends' then ddp.ledger_changes_of(
            'sms_campaign', '{sent, delivered, clicked, failed, unsubscribed}', p_source, p_quarters
        ) || ' union all ' || format(v_counted, p_source, $m$
            ('sms_campaign', s.sms_campaign_id, null::uuid, 'parts', s.sent_at, case when s.accepted_attempts <> 0 then s.units else 0 end::bigint),
            -- As ddp.sms_charged().
            ('sms_campaign', s.sms_campaign_id, null, 'cost_micros', s.sent_at, (1000000 * (s.charged + s.price * greatest(0,
                bit_count(s.accepted_attempts::bit(32)) - jsonb_array_length(jsonb_path_query_array(s.charges, '$.keyvalue()'))
            )))::bigint)
        $m$)
        when 'social_posts' then format(v_counted, p_source, $m$
            ('social_post', s.post_id, null::uuid, 'published', s.published_at, 1::bigint)
        $m$) || ' union all ' || format(v_touched, p_source, $m$
            ('social_post', s.post_id, null::uuid, s.account_id::text),
            ('campaign', s.campaign_id, null, s.post_id::text),
            ('account', s.account_id, null, row(s.post_id, s.campaign_id, s.published_at)::text),
            ('template', case when s.published_at is not null then s.template_id end, null,
                row(s.post_id, s.campaign_id, s.published_at, s.replaces_template)::text)
        $m$)
        when 'social_engagement' then format(v_touched, p_source, $m$
            ('social_post', s.post_id, null::uuid,
                row(s.engagement_id, s.engagement_type, s.engagement_count, s.recorded_at)::text)
        $m$)
        when 'email_campaigns' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, s.email_campaign_id::text),
            ('retailer', s.created_by_user_id, null, row(s.email_campaign_id, s.campaign_id, s.sent_at)::text),
            ('template', s.template_id, s.created_by_user_id,
                row(s.email_campaign_id, s.campaign_id, s.sent_at, s.replaces_template)::text)
        $m$)
        when 'sms_campaigns' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, s.sms_campaign_id::text),
            ('template', s.template_id, s.created_by_user_id,
                row(s.sms_campaign_id, s.campaign_id, s.sent_at, s.replaces_template)::text)
        $m$)
        when 'campaign_participants' then format(v_touched, p_source, $m$
            ('campaign', s.campaign_id, null::uuid, row(s.retailer_id, s.participant_state)::text),
            ('retailer', s.retailer_id, null, row(s.campaign_id, s.joined_at, s.first_joined_at, s.participant_state)::text)
        $m$)
        when 'conversions' then format(v_counted, p_source, $m$
            ('campaign', s.campaign_id, s.retailer_id, 'conversions', s.occurred_at, s.conversion_count::bigint),
            ('campaign', s.campaign_id, s.retailer_id, 'conversion_cents', s.occurred_at, (s.value * 100)::bigint),
            ('email_campaign', s.email_campaign_id, null, 'conversions', s.occurred_at, s.conversion_count),
            ('email_campaign', s.email_campaign_id, null, 'conversion_cents', s.occurred_at, (s.value * 100)::bigint),
            ('sms_campaign', s.sms_campaign_id, null, 'conversions', s.occurred_at, s.conversion_count),
            ('sms_campaign', s.sms_campaign_id, null, 'conversion_cents', s.occurred_at, (s.value * 100)::bigint)
        $m$)
        when 'archived_conversions' then ddp.metric_changes_of('conversions', p_source, p_quarters)
        when 'campaign_expenses' then format(v_touched, p_source, $m$
            ('expenses', s.campaign_id, s.created_by_user_id, row(s.expense_id, s.amount)::text)
        $m$)
        when 'templates' then format(v_touched, p_source, $m$
            ('template', s.template_id, null::uuid,
                row(s.template_name, s.template_type, s.is_active, s.created_by_user_id)::text)
        $m$)
        when 'campaign_templates' then format(v_touched, p_source, $m$
            ('template', s.template_id, null::uuid, null::text)
        $m$)
        when 'files' then format(v_touched, p_source, $m$
            ('file', s.file_id, null::uuid, row(s.file_size, s.deleted_at, s.created_by_user_id)::text)
        $m$)
        when 'collection_files' then format(v_touched, p_source, $m$
            ('collection', s.collection_id, null::uuid, s.file_id::text)
        $m$)
        when 'brand_assets' then format(v_touched, p_source, $m$
            ('asset', s.file_id, s.created_by_user_id, s.asset_id::text),
            ('asset_type', s.file_id, s.created_by_user_id, row(s.asset_id, s.asset_type)::text),
            ('asset_state', s.file_id, s.created_by_user_id, row(s.asset_id, s.unpublished_at)::text)
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
comment on function ddp.metric_changes_of(text, text, boolean) is
    'A query for what the rows of a source (a query of a table''s columns and `sign`) change, as rows of '
    'ddp.metric_changes; without p_quarters, by day only, and without the column `quarter`.';
revoke all on function
    ddp.first_quarter(), ddp.ledger_changes_of(text, text[], text, boolean), ddp.metric_changes_of(text, text, boolean)
    from public, anon, authenticated, service_role;

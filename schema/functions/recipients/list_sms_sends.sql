-- requires: functions/own_email_plan.sql, functions/sms_money.sql, functions/sms_status.sql, policies/sending.sql
-- The ledger as its sender sees it: as list_email_sends, with what each message is sent from and costs.

create or replace function ddp.mask_phone(p_phone text) returns text
    language sql immutable
    set search_path = ''
    return left(p_phone, 3) || '***' || right(p_phone, 2);
comment on function ddp.mask_phone(text) is '+44***56 for +447700900056: enough to tell two apart at a glance.';
revoke all on function ddp.mask_phone(text) from public, anon, authenticated, service_role;

create or replace function public.list_sms_sends(
    p_sms_campaign_id uuid, p_status public.sms_send_status default null, p_address text default null,
    p_after uuid default null, p_limit integer default 100, p_sms_send_id uuid default null
) returns table (
    sms_send_id uuid, recipient_phone text, recipient_name text, status public.sms_send_status, attempt smallint,
    country text, identity text, encoding text, parts smallint, price numeric, charged numeric, not_before timestamptz,
    sent_at timestamptz, delivered_at timestamptz, clicked_at timestamptz, failed_at timestamptz,
    unknown_at timestamptz, unsubscribed_at timestamptz, carrier_reported_at timestamptz, provider_message_id text,
    failure_code text, failure_reason text, settled jsonb
)
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = 'force_custom_plan'  -- so that each `case` is decided before the query is planned
as $$
declare
    v_message constant public.sms_campaigns := ddp.own_sms_campaign(p_sms_campaign_id);
    v_plan public.send_plans;
    v_masked boolean;
    v_after_number text;
begin
    select p.* into v_plan from public.send_plans p where p.sms_campaign_id = p_sms_campaign_id;
    v_masked := coalesce(v_plan.recipients_masked and ddp.active_user_type() <> 'admin', false);
    perform ddp.require(
        not v_masked or p_address is null, 'PT403',
        'The recipients of this send are users of the platform: their numbers cannot be searched.',
        '{"code": "recipients-masked"}'
    );
    -- By number, as in the index; where numbers are masked, by id, because their order would tell something.
    select s.recipient_phone into v_after_number
    from public.sms_sends s where s.sms_send_id = p_after and s.sms_campaign_id = p_sms_campaign_id;
    return query
    select
        s.sms_send_id, case when v_masked then ddp.mask_phone(s.recipient_phone) else s.recipient_phone end::text,
        case when not v_masked then s.recipient_name end::text, s.status, s.attempt, s.country::text,
        o.identity::text, s.encoding::text, s.units, s.price, ddp.sms_charged(s), s.not_before, s.sent_at,
        s.delivered_at, s.clicked_at, s.failed_at, s.unknown_at, s.unsubscribed_at, s.carrier_reported_at,
        s.provider_message_id::text, s.failure_code::text,
        -- Cut: a page must fit in one answer, however much the provider said.
        case when not v_masked then left(ddp.sms_sentence(s), 1000) end,
        s.metadata -> 'settled'
    from public.sms_sends s
    left join ddp.plan_origins o on o.send_plan_id = v_plan.send_plan_id and o.country = s.country
    where s.created_by_user_id = v_message.created_by_user_id and s.sms_campaign_id = p_sms_campaign_id
        and (p_status is null or s.status = p_status)
        and (p_address is null or s.recipient_phone = p_address)
        and (p_sms_send_id is null or s.sms_send_id = p_sms_send_id)
        and (
            p_after is null
            or case when v_masked then s.sms_send_id > p_after else s.recipient_phone > v_after_number end
        )
    order by case when v_masked then s.sms_send_id::text else s.recipient_phone end
    limit least(p_limit, 1001);
end
$$;
comment on function public.list_sms_sends(uuid, public.sms_send_status, text, uuid, integer, uuid) is
    'Recipients of an own SMS campaign, what each message is sent from, costs and became, a page after p_after; by status, '
    'or one exact number (E.164), or one id. Where the audience was the campaign''s, numbers are masked unless the caller '
    'is an administrator.';
revoke all on function public.list_sms_sends(uuid, public.sms_send_status, text, uuid, integer, uuid)
    from public, anon, authenticated, service_role;
grant execute on function public.list_sms_sends(uuid, public.sms_send_status, text, uuid, integer, uuid) to authenticated;

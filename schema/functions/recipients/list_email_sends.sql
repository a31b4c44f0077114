-- requires: functions/own_email_plan.sql
-- The ledger as its sender sees it. One function serves both kinds of recipients: customers, whose addresses the sender
-- knows, and users of the platform, whose addresses the sender must not see.

create or replace function ddp.mask_address(p_address text) returns text
    language sql immutable
    set search_path = ''
as $$
    select regexp_replace(p_address, '^(.)[^@]*@(.).*?(\.[^.]*)?$', '\1***@\2***\3')
$$;
comment on function ddp.mask_address(text) is 'f***@e***.com for friend@example.com: enough to tell two apart at a glance.';
revoke all on function ddp.mask_address(text) from public, anon, authenticated, service_role;

create or replace function public.list_email_sends(
    p_email_campaign_id uuid, p_status public.email_send_status default null, p_address text default null,
    p_after uuid default null, p_limit integer default 100, p_email_send_id uuid default null
) returns table (
    email_send_id uuid, recipient_email text, recipient_name text, status public.email_send_status, attempt smallint,
    not_before timestamptz, sent_at timestamptz, delivered_at timestamptz, opened_at timestamptz, clicked_at timestamptz,
    bounced_at timestamptz, complained_at timestamptz, failed_at timestamptz, unknown_at timestamptz,
    unsubscribed_at timestamptz, provider_message_id text, failure_code text, failure_reason text, bounce_reason text,
    settled jsonb
)
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = 'force_custom_plan'  -- so that each `case` is decided before the query is planned
as $$
declare
    v_message constant public.email_campaigns := ddp.own_email_campaign(p_email_campaign_id);
    v_masked constant boolean := coalesce(
        (select p.recipients_masked from public.send_plans p where p.email_campaign_id = p_email_campaign_id)
        and ddp.active_user_type() <> 'admin',
        false
    );
    v_after_address text;
begin
    perform ddp.require(
        not v_masked or p_address is null, 'PT403',
        'The recipients of this send are users of the platform: their addresses cannot be searched.',
        '{"code": "recipients-masked"}'
    );
    -- By address, as in the index; where addresses are masked, by id, because their order would tell something.
    select s.recipient_email into v_after_address
    from public.email_sends s where s.email_send_id = p_after and s.email_campaign_id = p_email_campaign_id;
    return query
    select
        s.email_send_id,
        case when v_masked then ddp.mask_address(s.recipient_email) else s.recipient_email end::text,
        case when not v_masked then s.recipient_name end::text, s.status, s.attempt, s.not_before, s.sent_at,
        s.delivered_at, s.opened_at, s.clicked_at, s.bounced_at, s.complained_at, s.failed_at, s.unknown_at,
        s.unsubscribed_at, s.provider_message_id::text, s.failure_code::text,
        -- Cut: a page must fit in one answer, however much the provider said.
        case when not v_masked then left(s.failure_reason, 1000) end,
        case when not v_masked then left(s.bounce_reason, 1000) end,
        s.metadata -> 'settled'
    from public.email_sends s
    where s.created_by_user_id = v_message.created_by_user_id and s.email_campaign_id = p_email_campaign_id
        and (p_status is null or s.status = p_status)
        and (p_address is null or s.recipient_email = p_address)
        and (p_email_send_id is null or s.email_send_id = p_email_send_id)
        and (
            p_after is null
            or case when v_masked then s.email_send_id > p_after else s.recipient_email > v_after_address end
        )
    order by case when v_masked then s.email_send_id::text else s.recipient_email end
    limit least(p_limit, 1001);
end
$$;
comment on function public.list_email_sends(uuid, public.email_send_status, text, uuid, integer, uuid) is
    'Recipients of an own e-mail campaign and what became of each, a page after p_after; by status, or one exact '
    '(normalised) address, or one id. Where the audience was the campaign''s, addresses are masked unless the caller is an '
    'administrator.';
revoke all on function public.list_email_sends(uuid, public.email_send_status, text, uuid, integer, uuid)
    from public, anon, authenticated, service_role;
grant execute on function public.list_email_sends(uuid, public.email_send_status, text, uuid, integer, uuid) to authenticated;

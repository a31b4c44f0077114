-- requires: functions/check_conversions.sql, functions/require_active_user.sql
-- requires: functions/email_clicks.sql, functions/sms_clicks.sql
-- What an order is credited to: the message of this retailer that the customer clicked in last, within 7 days before the
-- order; else the campaign that the retailer names and takes part in. Only people's clicks count.

drop function if exists ddp.last_click(uuid, bytea, uuid, timestamptz);
create or replace function ddp.last_click(
    p_retailer_id uuid, p_customer_hash bytea, p_phone_hash bytea, p_send_id uuid, p_occurred_at timestamptz
) returns table (
        email_send_id uuid, email_campaign_id uuid, sms_send_id uuid, sms_campaign_id uuid, campaign_id uuid
    )
    language sql stable
    set search_path = ''
as $$
    with emails as materialized (
        select m.*
        from ddp.email_clicks(p_retailer_id, p_customer_hash, p_send_id, p_occurred_at) m
    ), texts as materialized (
        select m.*
        from ddp.sms_clicks(p_retailer_id, p_phone_hash, p_send_id, p_occurred_at) m
    )
    select c.email_send_id, c.email_campaign_id, c.sms_send_id, c.sms_campaign_id, c.campaign_id
    from (
        select e.send_id as email_send_id, e.message_id as email_campaign_id, null::uuid as sms_send_id,
            null::uuid as sms_campaign_id, e.campaign_id, e.clicked_at
        from emails e
        union all
        select null, null, t.send_id, t.message_id, t.campaign_id, t.clicked_at from texts t
    ) c
    where c.clicked_at >= p_occurred_at - interval '7 days'
    order by c.clicked_at desc, coalesce(c.email_send_id, c.sms_send_id)
    limit 1
$$;
comment on function ddp.last_click(uuid, bytea, bytea, uuid, timestamptz) is
    'The message of a retailer that a customer, known by the hash of an address or of a number or by a message to it, clicked in '
    'last before an order.';

drop function if exists ddp.credited_conversions(uuid, jsonb);
create or replace function ddp.credited_conversions(p_retailer_id uuid, p_items jsonb) returns table (
        "position" bigint, order_id text, kind public.conversion_kind, value numeric, currency text,
        occurred_at timestamptz, email_send_id uuid, email_campaign_id uuid, sms_send_id uuid, sms_campaign_id uuid,
        send_id uuid, campaign_id uuid, is_first boolean
    )
    language sql stable
    set search_path = ''
as $$
    select
        g.position, g.order_id, g.kind::public.conversion_kind, g.value, g.currency, least(g.occurred_at, now()),
        click.email_send_id, click.email_campaign_id, click.sms_send_id, click.sms_campaign_id,
        coalesce(click.email_send_id, click.sms_send_id), coalesce(click.campaign_id, named.campaign_id),
        row_number() over (partition by g.kind, g.order_id order by g.position) = 1
    from ddp.given_conversions(p_items) g
    left join lateral ddp.last_click(p_retailer_id, g.customer_hash, g.phone_hash, g.send_id, g.occurred_at) click on true
    left join public.campaign_participants named
        on named.campaign_id = g.campaign_id and named.retailer_id = p_retailer_id and named.participant_state = 'accepted'
$$;
comment on function ddp.credited_conversions(uuid, jsonb) is
    'Reports of a retailer with what they are credited to; is_first is false for repetitions in the same array.';

create or replace function ddp.insert_orders(p_retailer_id uuid, p_items jsonb) returns table (
        conversion_id uuid, order_id varchar, kind public.conversion_kind
    )
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
begin
    -- Two reports about one message wait for each other, so that an order and a pixel are one conversion.
    perform from public.email_sends s
    where s.email_send_id in (select c.email_send_id from ddp.credited_conversions(p_retailer_id, p_items) c)
    order by s.email_send_id for no key update;
    perform from public.sms_sends s
    where s.sms_send_id in (select c.sms_send_id from ddp.credited_conversions(p_retailer_id, p_items) c)
    order by s.sms_send_id for no key update;
    return query
    with fresh as materialized (
        select c.*, row_number() over (partition by c.send_id, c.kind order by c.position) as nth
        from ddp.credited_conversions(p_retailer_id, p_items) c
        where c.is_first and c.campaign_id is not null and c.kind <> 'refund'
            and not exists (
                select from public.conversions known
                where known.retailer_id = p_retailer_id and known.order_id = c.order_id and known.kind = c.kind
            )
    ), named_pixels as (
        update public.conversions p
        set order_id = f.order_id, kind = 'order', value = f.value, occurred_at = f.occurred_at
        from fresh f
        where (p.email_send_id = f.send_id or p.sms_send_id = f.send_id) and p.kind = 'pixel' and f.kind = 'order' and f.nth = 1
        returning p.conversion_id, p.order_id, p.kind
    ), added as (
        insert into public.conversions as c (
            campaign_id, retailer_id, email_campaign_id, email_send_id, sms_campaign_id, sms_send_id, order_id, kind, value,
            currency, occurred_at
        )
        select
            f.campaign_id, p_retailer_id, f.email_campaign_id, f.email_send_id, f.sms_campaign_id, f.sms_send_id,
            f.order_id, f.kind, f.value, f.currency, f.occurred_at
        from fresh f
        where not (
            -- The order takes the pixel's row; a pixel says nothing new about a message with an order.
            f.kind = 'order' and f.nth = 1 and exists (
                select from public.conversions p
                where (p.email_send_id = f.send_id or p.sms_send_id = f.send_id) and p.kind = 'pixel'
            )
            or f.kind = 'pixel' and exists (
                select from public.conversions p
                where (p.email_send_id = f.send_id or p.sms_send_id = f.send_id) and p.kind <> 'refund'
            )
        )
        on conflict do nothing
        returning c.conversion_id, c.order_id, c.kind
    )
    select n.* from named_pixels n union all select a.* from added a;
end
$$;
comment on function ddp.insert_orders(uuid, jsonb) is
    'Adds the orders of checked reports that are credited to something and not known yet; returns them.';

create or replace function ddp.insert_refunds(p_retailer_id uuid, p_items jsonb) returns table (
        conversion_id uuid, order_id varchar, kind public.conversion_kind
    )
    language sql volatile
    set search_path = ''
as $$
    -- Credited to what the order was credited to, and never more than the order.
    insert into public.conversions as c (
        campaign_id, retailer_id, email_campaign_id, email_send_id, sms_campaign_id, sms_send_id, order_id, kind, value,
        currency, occurred_at
    )
    select distinct on (g.order_id)
        o.campaign_id, o.retailer_id, o.email_campaign_id, o.email_send_id, o.sms_campaign_id, o.sms_send_id, o.order_id, 'refund', g.value, g.currency,
        least(g.occurred_at, now())
    from ddp.given_conversions(p_items) g
    join public.conversions o on o.retailer_id = p_retailer_id and o.order_id = g.order_id and o.kind = 'order'
    where g.kind = 'refund' and -g.value <= o.value
    order by g.order_id, g.position
    on conflict do nothing
    returning c.conversion_id, c.order_id, c.kind
$$;
comment on function ddp.insert_refunds(uuid, jsonb) is
    'Adds the refunds of checked reports whose order is known and was worth as much; returns them.';

drop function if exists ddp.record_conversions(uuid, jsonb);
create or replace function ddp.record_conversions(p_retailer_id uuid, p_items jsonb) returns table (
        "position" bigint, outcome text, campaign_id uuid, email_campaign_id uuid, sms_campaign_id uuid
    )
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_added uuid[];
begin
    perform ddp.check_conversions(p_items);
    v_added := array(select o.conversion_id from ddp.insert_orders(p_retailer_id, p_items) o);
    v_added := v_added || array(select r.conversion_id from ddp.insert_refunds(p_retailer_id, p_items) r);
    return query
    select
        g.position,
        case
            when c.conversion_id = any (v_added)
                and row_number() over (partition by g.kind, g.order_id order by g.position) = 1
            then case when num_nonnulls(c.email_campaign_id, c.sms_campaign_id) = 0 then 'counted' else 'credited' end
            when c.conversion_id is not null then 'repeated'
            when g.kind = 'order' then 'unrelated'
            when sale.conversion_id is null then 'order_unknown'
            else 'refund_too_large'
        end,
        c.campaign_id, c.email_campaign_id, c.sms_campaign_id
    from ddp.given_conversions(p_items) g
    left join public.conversions c
        on c.retailer_id = p_retailer_id and c.order_id = g.order_id and c.kind = g.kind::public.conversion_kind
    left join public.conversions sale
        on sale.retailer_id = p_retailer_id and sale.order_id = g.order_id and sale.kind = 'order'
    order by g.position;
end
$$;
comment on function ddp.record_conversions(uuid, jsonb) is
    'Records a retailer''s orders and refunds, each (order id, kind) once. An outcome for each: `credited` to a message, '
    '`counted` for the campaign named, `repeated` (nothing changed), `unrelated` (no click within 7 days, and no campaign '
    'named that the retailer takes part in), `order_unknown`, `refund_too_large`. PT422 if a report cannot be used.';

revoke all on function
    ddp.last_click(uuid, bytea, bytea, uuid, timestamptz), ddp.credited_conversions(uuid, jsonb), ddp.insert_orders(uuid, jsonb),
    ddp.insert_refunds(uuid, jsonb), ddp.record_conversions(uuid, jsonb)
    from public, anon, authenticated, service_role;

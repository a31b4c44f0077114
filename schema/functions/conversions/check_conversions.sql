-- requires: functions/require.sql, functions/currency.sql
-- Reports of orders, as a shop sends them: what makes one unusable.

drop function if exists ddp.given_conversions(jsonb);
create or replace function ddp.given_conversions(p_items jsonb) returns table (
        "position" bigint, order_id text, kind text, value numeric, currency text, occurred_at timestamptz,
        campaign_id uuid, send_id uuid, customer_hash bytea, phone_hash bytea
    )
    language sql immutable
    set search_path = ''
as $$
    select
        i.position, i.item ->> 'order_id', i.item ->> 'kind', (i.item ->> 'value')::numeric, i.item ->> 'currency',
        (i.item ->> 'occurred_at')::timestamptz, (i.item ->> 'campaign_id')::uuid,
        -- The release before says email_send_id.
        coalesce(i.item ->> 'send_id', i.item ->> 'email_send_id')::uuid,
        decode(i.item ->> 'customer_hash', 'hex'), decode(i.item ->> 'phone_hash', 'hex')
    from jsonb_array_elements(p_items) with ordinality i (item, position)
$$;
comment on function ddp.given_conversions(jsonb) is 'The reports of a JSON array, with their position from 1 on.';

create or replace function ddp.check_conversions(p_items jsonb) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_wrong record;
begin
    perform ddp.require(
        jsonb_typeof(p_items) = 'array' and jsonb_array_length(p_items) between 1 and 1000, 'PT422',
        'Send 1 to 1,000 orders at once.', '{"code": "invalid-conversions"}'
    );
    select g.position, w.code, w.sentence into v_wrong
    from ddp.given_conversions(p_items) g
    cross join lateral (
        values
            ('invalid-order', 'the order''s id has 1 to 100 characters in one line.',
                coalesce(length(g.order_id) not between 1 and 100 or g.order_id ~ '[[:cntrl:]]', true)),
            ('invalid-order', 'the kind is "order" or "refund".', coalesce(g.kind not in ('order', 'refund'), true)),
            ('invalid-value', 'an order''s value is between 0 and 9,999,999.99, and what was paid back is negative.',
                coalesce(
                    abs(g.value) > 9999999.99 or g.value <> round(g.value, 2) or (g.value < 0) <> (g.kind = 'refund'), true
                )),
            ('wrong-currency', format('values are in %s: convert them.', ddp.currency()),
                g.currency is distinct from ddp.currency()),
            ('invalid-time', 'an order is at most 90 days old, and not in the future.',
                coalesce(g.occurred_at not between now() - interval '90 days' and now() + interval '5 minutes', true))
    ) w (code, sentence, is_wrong)
    where w.is_wrong
    order by g.position
    limit 1;
    perform ddp.require(
        v_wrong.position is null, 'PT422', format('Order %s of the list: %s', v_wrong.position, v_wrong.sentence),
        jsonb_build_object('code', v_wrong.code, 'position', v_wrong.position)
    );
end
$$;
comment on function ddp.check_conversions(jsonb) is
    'PT422, with the position of the first report that cannot be used. An order is at most 90 days old, so that one which '
    'retention has removed is not counted again.';
revoke all on function ddp.given_conversions(jsonb), ddp.check_conversions(jsonb)
    from public, anon, authenticated, service_role;

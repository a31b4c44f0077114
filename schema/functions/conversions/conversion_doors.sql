-- requires: functions/record_conversions.sql
-- Who may report orders: a retailer's people, its shop with a key, and the page of thanks that a customer reached.

drop function if exists ddp.record_own_conversions(jsonb);
create or replace function ddp.record_own_conversions(p_items jsonb) returns table (
        "position" bigint, outcome text, campaign_id uuid, email_campaign_id uuid, sms_campaign_id uuid
    )
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_retailer_id constant uuid := ddp.require_editor();
begin
    perform ddp.require(
        ddp.active_user_type() = 'retailer', 'PT403', 'Only retailers report orders.', '{"code": "not-a-retailer"}'
    );
    return query select r.* from ddp.record_conversions(v_retailer_id, p_items) r;
end
$$;
comment on function ddp.record_own_conversions(jsonb) is
    'record_conversions() for the acting retailer. In `ddp`, because it believes hashes of addresses that the HTTP function made.';

create or replace function ddp.conversion_keys_of(p_retailer_id uuid) returns table (key_id uuid)
    language sql stable security definer
    set search_path = ''
as $$
    select k.key_id
    from public.conversion_keys k
    join public.users u on u.user_id = k.retailer_id and u.is_active and u.user_type = 'retailer'
    where k.retailer_id = p_retailer_id and k.ends_at > now()
    order by k.created_at desc
    limit 10
$$;
comment on function ddp.conversion_keys_of(uuid) is
    'The keys with which a retailer''s shop may sign now, the newest first; none for whoever is not an active retailer.';

drop function if exists ddp.record_hook_conversions(uuid, bytea, jsonb);
create or replace function ddp.record_hook_conversions(p_retailer_id uuid, p_signature bytea, p_items jsonb) returns table (
        "position" bigint, outcome text, campaign_id uuid, email_campaign_id uuid, sms_campaign_id uuid
    )
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    insert into ddp.hook_calls (signature) values (p_signature) on conflict do nothing;
    perform ddp.require(
        found, 'PT409', 'This report has arrived before, and its orders are recorded: sign a new one for other orders.',
        '{"code": "replayed"}'
    );
    return query select r.* from ddp.record_conversions(p_retailer_id, p_items) r;
end
$$;
comment on function ddp.record_hook_conversions(uuid, bytea, jsonb) is
    'record_conversions() for a report whose signature was verified; PT409 if the same one was accepted before.';

drop function if exists ddp.count_pixel(uuid);
create or replace function ddp.count_pixel(p_send_id uuid) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    select count(*)
    from (
        select e.email_send_id as send_id, e.created_by_user_id from public.email_sends e where e.email_send_id = p_send_id
        union all
        select t.sms_send_id, t.created_by_user_id from public.sms_sends t where t.sms_send_id = p_send_id
    ) s
    join public.users u on u.user_id = s.created_by_user_id and u.user_type = 'retailer'
    cross join lateral ddp.insert_orders(s.created_by_user_id, jsonb_build_array(jsonb_build_object(
        'order_id', 'pixel ' || s.send_id, 'kind', 'pixel', 'value', 0, 'currency', ddp.currency(),
        'occurred_at', now(), 'send_id', s.send_id
    ))) added
$$;
comment on function ddp.count_pixel(uuid) is
    'Counts that the customer of a message reached the page of thanks: at most once per message that was clicked in within 7 '
    'days, and not beside an order.';

create or replace function public.rotate_conversion_key(p_old_until timestamptz default now() + interval '1 day')
    returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_retailer_id constant uuid := ddp.require_owner();
    v_key_id uuid;
begin
    perform ddp.require(
        ddp.active_user_type() = 'retailer', 'PT403', 'Only retailers report orders.', '{"code": "not-a-retailer"}'
    );
    perform ddp.require(
        coalesce(p_old_until <= now() + interval '7 days', false), 'PT422', 'Earlier keys can stay valid for at most 7 days: choose an earlier end.',
        '{"code": "invalid-time"}'
    );
    perform from public.users u where u.user_id = v_retailer_id for no key update;
    update public.conversion_keys k set ends_at = least(k.ends_at, greatest(p_old_until, now()))
    where k.retailer_id = v_retailer_id and k.ends_at > now();
    -- Of many in a row only the latest still count, and ended ones are not kept.
    delete from public.conversion_keys k
    where k.key_id in (
        select o.key_id from public.conversion_keys o where o.retailer_id = v_retailer_id
        order by o.created_at desc offset 4
    );
    insert into public.conversion_keys (retailer_id) values (v_retailer_id) returning key_id into v_key_id;
    return v_key_id;
end
$$;
comment on function public.rotate_conversion_key(timestamptz) is
    'Makes a new key for the acting retailer''s shop and returns its id; the keys before end at p_old_until (in a day; at most '
    'in 7 days; now, if they are known to others). For owners.';

revoke all on function
    ddp.record_own_conversions(jsonb), ddp.conversion_keys_of(uuid), ddp.record_hook_conversions(uuid, bytea, jsonb),
    ddp.count_pixel(uuid), public.rotate_conversion_key(timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function ddp.record_own_conversions(jsonb), public.rotate_conversion_key(timestamptz) to authenticated;
-- Definers: the function behind the public paths has no other right to these tables.
grant execute on function
    ddp.conversion_keys_of(uuid), ddp.record_hook_conversions(uuid, bytea, jsonb), ddp.count_pixel(uuid)
    to service_role;

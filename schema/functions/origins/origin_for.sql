-- requires: policies/origination_identities.sql, policies/sms_prices.sql
-- What a plan asks about each country: what its messages come from, and what a part of them costs.

create or replace function ddp.may_text_from(p_identity public.origination_identities, p_user_id uuid, p_message_type text) returns boolean
    language sql immutable
    return p_identity.status = 'active' and p_identity.message_type = p_message_type
        and (p_identity.is_shared or p_identity.assigned_to_user_id = p_user_id)
        -- India's carriers take nothing without the sender's id on their registry.
        and (p_identity.country <> 'IN' or p_identity.dlt_entity_id is not null);
comment on function ddp.may_text_from(public.origination_identities, uuid, text) is
    'Whether a user''s messages of this type may come from this identity.';

create or replace function ddp.origin_for(p_user_id uuid, p_country text, p_message_type text)
    returns public.origination_identities
    language sql stable
    set search_path = ''
as $$
    select i.*
    from public.origination_identities i
    where i.country = p_country and ddp.may_text_from(i, p_user_id, p_message_type)
    -- An own one, then one that hears answers, then the fastest.
    order by i.is_shared, i.is_two_way desc, i.parts_per_second desc, i.identity
    limit 1
$$;
comment on function ddp.origin_for(uuid, text, text) is
    'What SMS of this type from an account to a country come from; null: the account may use none.';

create or replace function ddp.sms_price_of(p_country text, p_kind text, p_at timestamptz) returns numeric
    language sql stable
    set search_path = ''
as $$
    select p.price_per_part
    from public.sms_prices p
    where p.country = p_country and p.kind = p_kind and p.valid_from <= (p_at at time zone 'UTC')::date
    order by p.valid_from desc
    limit 1
$$;
comment on function ddp.sms_price_of(text, text, timestamptz) is
    'US dollars for one part to a country from an identity of this kind, at that time (the day in UTC); null: no price is '
    'known, so nothing is sent.';

revoke all on function
    ddp.may_text_from(public.origination_identities, uuid, text), ddp.origin_for(uuid, text, text),
    ddp.sms_price_of(text, text, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.may_text_from(public.origination_identities, uuid, text), ddp.origin_for(uuid, text, text),
    ddp.sms_price_of(text, text, timestamptz)
    to service_role;

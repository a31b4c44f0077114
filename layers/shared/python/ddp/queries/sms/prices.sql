-- Prices of SMS. Everyone signed in reads them; row level security lets administrators write, but not change the past.

-- part: given
-- The prices of a request, with their places in it, from 0.
select g.country, g.kind, g.price_per_part, g.valid_from, g.source, g.place - 1 as position
from rows from (
    jsonb_to_recordset(%(prices)s) as (
        country text, kind text, price_per_part numeric(14, 5), valid_from date, source text
    )
) with ordinality g (country, kind, price_per_part, valid_from, source, place)

-- name: passed
-- Prices of a request that differ from stored ones whose day has passed.
with given as ({given})
select g.country, g.kind, g.valid_from, g.position
from given g
join public.sms_prices p on p.country = g.country and p.kind = g.kind and p.valid_from = g.valid_from
where p.valid_from < (now() at time zone 'UTC')::date and p.price_per_part <> g.price_per_part
order by g.position;

-- name: store
-- Stores the prices of a request: the last one of a country, kind and day counts.
with given as (
    select distinct on (g.country, g.kind, g.valid_from) g.* from ({given}) g
    order by g.country, g.kind, g.valid_from, g.position desc
), stored as (
    insert into public.sms_prices as p (country, kind, price_per_part, valid_from, source)
    select g.country, g.kind, g.price_per_part, g.valid_from, g.source
    from given g
    order by g.country, g.kind, g.valid_from
    on conflict (country, kind, valid_from) do update
        set price_per_part = excluded.price_per_part, source = excluded.source
        where p.valid_from >= (now() at time zone 'UTC')::date
            and (p.price_per_part, p.source) is distinct from (excluded.price_per_part, excluded.source)
    returning p.country, p.kind, p.valid_from
), known as (
    -- As it was before this statement.
    select g.country, g.kind, g.valid_from
    from given g
    join public.sms_prices p on p.country = g.country and p.kind = g.kind and p.valid_from = g.valid_from
)
select
    (select count(*) from given) - (select count(*) from known) as added,
    (select count(*) from stored) + (select count(*) from known) - (select count(*) from given) as changed,
    (select count(*) from given) - (select count(*) from stored) as unchanged;

-- name: list_prices
-- By country, kind and day, after the cursor. The table is small and is read whole.
select p.*
from public.sms_prices p
where (%(country)s::text is null or p.country = %(country)s)
    and (%(kind)s::text is null or p.kind = %(kind)s)
    and (
        not %(is_current)s
        or p.valid_from = (
            select max(h.valid_from) from public.sms_prices h
            where h.country = p.country and h.kind = p.kind and h.valid_from <= (now() at time zone 'UTC')::date
        )
    )
    and (
        %(after_country)s::text is null
        or (p.country, p.kind, p.valid_from, p.sms_price_id)
            > (%(after_country)s, %(after_kind)s, %(after_valid_from)s::date, %(after_id)s::uuid)
    )
order by p.country, p.kind, p.valid_from, p.sms_price_id
limit %(limit)s;

-- name: get
-- Whether there is such a price.
select sms_price_id from public.sms_prices where sms_price_id = %(sms_price_id)s;

-- name: delete
-- Deletes a price whose day has not passed.
delete from public.sms_prices where sms_price_id = %(sms_price_id)s
returning *;

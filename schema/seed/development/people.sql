-- Helpers of the whole seed, then everyone on the platform: brands first, then retailers, then administrators.
-- Random values are a hash of the row's number and a salt per decision: the same everywhere and in every run.

-- name: helpers
create function pg_temp.chance(p_number bigint, p_salt text) returns float8 language sql immutable
    return (hashint8extended(p_number, hashtext(p_salt)) & 1048575) / 1048576.0::float8;
create function pg_temp.pick(p_number bigint, p_salt text, p_count bigint) returns integer language sql immutable
    return (hashint8extended(p_number, hashtext(p_salt)) & 9007199254740991) % p_count;
create function pg_temp.id(p_kind text, p_number bigint) returns uuid language sql immutable
    return md5(p_kind || '/' || p_number)::uuid;
-- 2,000 reserved addresses (RFC 5737), so that each person keeps one.
create function pg_temp.address(p_number bigint) returns inet language sql immutable
    return (array['192.0.2.0', '198.51.100.0', '203.0.113.0'])[1 + p_number % 3]::inet + 1 + p_number % 250;

-- name: users
with makers as (
    select array[
        'Aurelio', 'Belmonte', 'Corvane', 'Delacour', 'Estrella', 'Falkner', 'Grandis', 'Halcyon', 'Isenberg', 'Juvenal',
        'Kestrel', 'Lumière', 'Montclair', 'Nordhavn', 'Orsini', 'Pelagos', 'Quillon', 'Rochefort', 'Solenne', 'Tavanti',
        'Umbra', 'Valmont', 'Wexford', 'Xavière', 'Yverdon'
    ] as names
), places as (
    select country_code, city, timezone, row_number() over (order by country_code, city) - 1 as place,
        count(*) over () as places
    from public.geography
    where city is not null
        and country_code = any ('{AE,AT,AU,BE,BR,CA,CH,DE,DK,ES,FR,GB,HK,IN,IT,JP,KR,MX,NL,NO,PL,PT,SE,SG,US,ZA}')
), people as (
    select n, case when n <= %(brands)s then 'brand' when n <= %(brands)s + %(retailers)s then 'retailer'
        else 'admin' end as user_type
    from generate_series(1, %(brands)s + %(retailers)s + %(admins)s) n
)
insert into public.users
    (user_id, user_email, user_name, user_type, created_at, last_login_at, is_active, profile_data)
select pg_temp.id('user', n), user_type || n || '@seed.example',
    case user_type
        when 'brand' then names[1 + (n - 1) %% 25]
            || (array[' Watches', ' Timepieces', ' Manufacture'])[1 + (n - 1) / 25 %% 3]
            || case when n > 75 then ' ' || n else '' end
        when 'retailer' then p.city
            || (array[' Jewellers', ' Watch House', ' Time & Gold', ' Chronometry'])[1 + pg_temp.pick(n, 'shop', 4)]
            || ' ' || n
        else 'Administrator ' || n - %(brands)s - %(retailers)s
    end,
    user_type::public.user_type,
    %(until)s::timestamptz - interval '2 years' + pg_temp.chance(n, 'joined') * interval '1 year',
    %(until)s::timestamptz - pg_temp.chance(n, 'login') * interval '20 days',
    user_type <> 'retailer' or pg_temp.chance(n, 'active') < 0.97,
    jsonb_build_object('country_code', p.country_code, 'city', p.city, 'timezone', p.timezone,
        'region', p.country_code,
        'sender', jsonb_build_object('postal_address', n || ' Market Street, ' || p.city || ', ' || p.country_code))
from people
join places p on p.place = pg_temp.pick(people.n, 'place', p.places)
cross join makers;

-- Places. Everyone signed in reads them; row level security lets administrators write.

-- name: create_place
-- Adds a place.
insert into public.geography (country_code, country_name, region, city, latitude, longitude, timezone, aliases)
select c.country_code, c.country_name, c.region, c.city, c.latitude, c.longitude, c.timezone, c.aliases
from jsonb_populate_record(null::public.geography, %(values)s) c
returning *;

-- name: list_places
-- By country, region and city, after the cursor. The table is small and is read whole, except for one country.
select * from public.geography
where (%(country_code)s::text is null or country_code = %(country_code)s)
    and (
        %(after_country)s::text is null
        or (country_code, coalesce(region, ''), coalesce(city, ''), geography_id)
            > (%(after_country)s, %(after_region)s, %(after_city)s, %(after_id)s)
    )
order by country_code, coalesce(region, ''), coalesce(city, ''), geography_id
limit %(limit)s;

-- name: get_place
-- One place.
select * from public.geography where geography_id = %(geography_id)s;

-- name: update_place
-- Changes the fields that are in `change`, and no others.
update public.geography t
set (country_code, country_name, region, city, latitude, longitude, timezone, aliases) = (
    select c.country_code, c.country_name, c.region, c.city, c.latitude, c.longitude, c.timezone, c.aliases
    from jsonb_populate_record(t, %(change)s) c
)
where t.geography_id = %(geography_id)s
returning *;

-- name: delete_place
-- Deletes a place.
delete from public.geography where geography_id = %(geography_id)s
returning *;

-- requires: functions/require.sql
-- Names of regions: countries and their first level, from `geography` and its aliases. A name means what it means in any
-- spelling; one that several places have needs the country's code after it: `Limburg, NL`.

create or replace function ddp.name_key(p_name text) returns text
    language sql immutable parallel safe
    set search_path = ''
    return btrim(regexp_replace(
        -- Letters without their accents (the combining marks, after normalising), digits, and single spaces.
        regexp_replace(lower(normalize(left(p_name, 200), nfkd)), U&'[\0300-\036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ));
comment on function ddp.name_key(text) is 'What two spellings of one name have in common: case, accents, spaces and signs left out.';

create or replace function ddp.names_in_geography() returns table (name_key text, region varchar(50))
    language sql stable
    set search_path = ''
as $$
    with places as (
        select
            g.country_code, g.country_name, g.region is null as is_country, coalesce(g.region, g.country_name) as name, g.aliases,
            case when g.region is null then left(g.country_name, 50) else left(g.region, 46) || ', ' || g.country_code end
                as shown
        from public.geography g
        where g.city is null
    ), named as (
        select p.shown, p.country_code, n.spelling, n.is_whole
        from places p
        cross join lateral (
            select p.name, true
            union all select unnest(p.aliases), true
            union all select p.shown, true
            union all select p.country_code, true where p.is_country
            -- Catalunya [Cataluña]; Madrid, Comunidad de
            union all select part, false from regexp_split_to_table(p.name, '[][(),]') part
        ) n (spelling, is_whole)
    ), keys as (
        select ddp.name_key(n.spelling) as name_key, n.shown, n.is_whole from named n
        union
        select ddp.name_key(n.spelling || ' ' || n.country_code), n.shown, n.is_whole from named n
        where ddp.name_key(n.spelling) <> ''
    )
    -- A window, because a search in `keys` for each key takes ten seconds.
    select k.name_key, k.shown
    from (select keys.*, bool_or(keys.is_whole) over (partition by keys.name_key) as has_whole from keys) k
    where k.name_key <> '' and k.is_whole = k.has_whole
    group by k.name_key, k.shown
$$;
comment on function ddp.names_in_geography() is 'Every name of a country or region, as ddp.name_key() makes it, and what it means.';

create or replace function ddp.refresh_region_names() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_changed boolean;
begin
    with fresh as materialized (
        select * from ddp.names_in_geography()
    ), gone as (
        delete from ddp.region_names n
        where not exists (select from fresh f where f.name_key = n.name_key and f.region = n.region)
        returning 1
    ), added as (
        insert into ddp.region_names (name_key, region) select f.name_key, f.region from fresh f
        on conflict do nothing
        returning 1
    )
    select exists (select from gone) or exists (select from added) into v_changed;
    if v_changed then
        insert into ddp.metric_changes (entity_type, entity_id, metric_name, change)
        select 'model', w.model_id, 'touched', 0 from (select distinct i.model_id from public.wish_list_items i) w;
    end if;
end
$$;
comment on function ddp.refresh_region_names() is
    'Derives region_names from geography; if a name changed its meaning, all wishes by region are derived again.';

create or replace function ddp.note_region_names() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_region_names();
    return null;
end
$$;
comment on function ddp.note_region_names() is 'Trigger on geography, once per statement: keeps the names of regions current.';

create or replace function ddp.regions_by_name() returns table (name_key text, region varchar(50))
    language sql stable
    set search_path = ''
as $$
    select n.name_key, min(n.region) from ddp.region_names n group by n.name_key having count(*) = 1
$$;
comment on function ddp.regions_by_name() is 'The names that mean one region.';

create or replace function ddp.region_named(p_name text) returns varchar
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_regions constant varchar[] := array(
        select n.region from ddp.region_names n where n.name_key = ddp.name_key(p_name) order by n.region
    );
begin
    -- Without reference data, every name is as good as another.
    if not exists (select from ddp.region_names) then
        return left(btrim(p_name), 50);
    end if;
    perform ddp.require(
        cardinality(v_regions) > 0, 'PT422',
        format('There is no region "%s": use a country or region of GET /geography, such as "Bayern" or "Switzerland".',
            left(p_name, 50)),
        '{"code": "unknown-region"}'
    );
    perform ddp.require(
        cardinality(v_regions) < 2, 'PT422',
        format('Several regions are called "%s": say which one (%s).', left(p_name, 50), array_to_string(v_regions[:5], '; ')),
        jsonb_build_object('code', 'ambiguous-region', 'regions', to_jsonb(v_regions[:20]))
    );
    return v_regions[1];
end
$$;
comment on function ddp.region_named(text) is
    'The region that a name means, as it is shown, whatever the spelling; PT422 for an unknown or ambiguous one. While there is '
    'no geography, the name itself.';

create or replace function ddp.set_region() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    if jsonb_typeof(new.profile_data -> 'region') = 'null' or btrim(new.profile_data ->> 'region') = '' then
        new.profile_data := new.profile_data - 'region';
    else
        new.profile_data := jsonb_set(
            new.profile_data, '{region}', to_jsonb(ddp.region_named(new.profile_data ->> 'region'))
        );
    end if;
    return new;
end
$$;
comment on function ddp.set_region() is
    'Trigger on users whose profile names a region: writes it as geography does; PT422 for one that is not in it.';

revoke all on function
    ddp.name_key(text), ddp.names_in_geography(), ddp.refresh_region_names(), ddp.note_region_names(), ddp.regions_by_name(),
    ddp.region_named(text), ddp.set_region()
    from public, anon, authenticated, service_role;
grant execute on function ddp.region_named(text) to authenticated;

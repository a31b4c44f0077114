-- requires: functions/require_active_user.sql, functions/name_words.sql
-- Who finds whom: retailers find brands, brands find retailers, administrators everybody, and all themselves.

create or replace function ddp.listed_types() returns public.user_type[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return case ddp.active_user_type()
        when 'admin' then enum_range(null::public.user_type)
        when 'brand' then array['retailer']::public.user_type[]
        when 'retailer' then array['brand']::public.user_type[]
    end;
end
$$;
comment on function ddp.listed_types() is 'The types of accounts that the acting account finds in the directory; null without one.';

create or replace function public.search_directory(
    p_query text default null, p_type public.user_type default null, p_after uuid default null, p_limit integer default 50
) returns table (id uuid, name varchar, type public.user_type)
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan  -- how many names begin like this decides how to find them
as $$
declare
    v_self constant uuid := ddp.require_active_user();
    v_types constant public.user_type[] := ddp.listed_types();
    v_range constant record := ddp.search_range(p_query);
    -- Without a query, each account stands once, in the order of its whole name.
    v_words constant integer := case when v_range.first = '' then 1 else 8 end;
    v_after_word text := v_range.first;
begin
    if p_after is not null then
        select w.word into v_after_word from ddp.user_words w
        where w.user_id = p_after and w.word_no <= v_words and w.word >= v_range.first and w.word < v_range.after
        order by w.word_no limit 1;
        perform ddp.require(
            v_after_word is not null, 'PT422', 'The cursor is not valid: omit it to start with the first page.',
            '{"code": "invalid-cursor"}'
        );
    end if;
    return query
    with found as (
        select f.user_id, f.word
        from unnest(v_types) t (user_type)
        cross join generate_series(1, v_words) n (word_no)
        cross join lateral (
            select w.user_id, w.word
            from ddp.user_words w
            where w.user_type = t.user_type and w.is_active and w.word_no = n.word_no
                and w.word >= v_range.first and w.word < v_range.after
                and (w.word, w.user_id) > (v_after_word, coalesce(p_after, '00000000-0000-0000-0000-000000000000'))
                -- Once per account: by the first word that matches. The `or` keeps this from becoming a join.
                and (
                    n.word_no = 1
                    or not exists (
                        select from ddp.user_words e
                        where e.user_id = w.user_id and e.word_no < n.word_no
                            and e.word >= v_range.first and e.word < v_range.after
                    )
                )
            order by w.word, w.user_id
            limit p_limit
        ) f
        where p_type is null or p_type = t.user_type
        union all
        (
            select w.user_id, w.word
            from ddp.user_words w
            where w.user_id = v_self and w.user_type <> all (v_types) and (p_type is null or p_type = w.user_type)
                and w.word >= v_range.first and w.word < v_range.after and w.word_no <= v_words
                and (w.word, w.user_id) > (v_after_word, coalesce(p_after, '00000000-0000-0000-0000-000000000000'))
            order by w.word_no limit 1
        )
    )
    select u.user_id, u.user_name, u.user_type
    from (select f.user_id, f.word from found f order by f.word, f.user_id limit p_limit) page
    join public.users u on u.user_id = page.user_id
    order by page.word, page.user_id;
end
$$;
comment on function public.search_directory(text, public.user_type, uuid, integer) is
    'Active accounts that the acting account may find, with a name of which a word begins with the query, by name. p_after: '
    'the last id of the page before. It reads an index, and no more than it returns.';

create or replace function ddp.listed_ids(p_query text) returns uuid[]
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_types constant public.user_type[] := ddp.listed_types();
    v_range constant record := ddp.search_range(p_query);
begin
    return array(
        select w.user_id from ddp.user_words w
        where w.user_type = any (v_types) and w.is_active and w.word_no = any ('{1,2,3,4,5,6,7,8}'::smallint[])
            and w.word >= v_range.first and w.word < v_range.after
    );
end
$$;
comment on function ddp.listed_ids(text) is
    'The accounts that the acting account may find, with a name of which a word begins with the query.';

create or replace function ddp.names_of(p_ids uuid[]) returns table (id uuid, name varchar, type public.user_type)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    return query
    select u.user_id, u.user_name, u.user_type
    from public.users u
    where u.user_id = any (p_ids)
        and v_acting.account_id is not null
        and (u.user_type <> 'retailer' or u.user_id = v_acting.account_id or v_acting.user_type in ('brand', 'admin'));
end
$$;
comment on function ddp.names_of(uuid[]) is
    'Names of accounts, for lists whose rows show their ids: of brands and administrators for everyone signed in; of retailers '
    'for brands, administrators and the retailer itself.';

create or replace function ddp.name_of_caller() returns varchar
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (select u.user_name from public.users u where u.user_id = ddp.active_user_id());
end
$$;
comment on function ddp.name_of_caller() is 'The acting account''s name, for lists of its own rows: one call, and no join.';

revoke all on function
    ddp.listed_types(), public.search_directory(text, public.user_type, uuid, integer), ddp.listed_ids(text),
    ddp.names_of(uuid[]), ddp.name_of_caller()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.listed_types(), public.search_directory(text, public.user_type, uuid, integer), ddp.names_of(uuid[]),
    ddp.name_of_caller()
    to authenticated;

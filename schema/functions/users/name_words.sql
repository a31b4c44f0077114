-- requires: functions/require.sql
-- Searching for accounts by the beginning of any word of their name, in an index (ddp.user_words).

create or replace function ddp.name_words(p_name text) returns table (word_no smallint, word varchar)
    language sql immutable
    set search_path = ''
as $$
    with name (words) as (
        select regexp_split_to_array(btrim(regexp_replace(lower(p_name), '[[:space:]]+', ' ', 'g')), ' ')
    )
    select n::smallint, left(array_to_string(name.words[n:], ' '), 100)::varchar
    from name cross join generate_series(1, least(cardinality(name.words), 8)) n
$$;
comment on function ddp.name_words(text) is
    'A name from its first, second, … word on (at most eight, of 100 characters each), in lower case.';

create or replace function ddp.index_names() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
    select n.user_id, w.word_no, w.word, n.user_type, n.is_active
    from added n cross join lateral ddp.name_words(n.user_name) w
    on conflict do nothing;
    return null;
end
$$;
comment on function ddp.index_names() is 'Trigger on users: adds the names of new ones to ddp.user_words.';

create or replace function ddp.index_name() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    delete from ddp.user_words w where w.user_id = new.user_id;
    insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
    select new.user_id, w.word_no, w.word, new.user_type, new.is_active from ddp.name_words(new.user_name) w
    on conflict do nothing;
    return null;
end
$$;
comment on function ddp.index_name() is 'Trigger on users: keeps ddp.user_words as the changed name, type or activity is.';

create or replace function ddp.search_range(p_query text, out first text, out after text)
    language plpgsql immutable
    set search_path = ''
as $$
begin
    perform ddp.require(
        coalesce(length(p_query), 0) <= 255, 'PT422', 'Search for at most 255 characters.', '{"code": "invalid-query"}'
    );
    first := btrim(regexp_replace(lower(coalesce(p_query, '')), '[[:space:]]+', ' ', 'g'));
    after := first || chr(1114111);  -- the last character there is
end
$$;
comment on function ddp.search_range(text) is
    'What begins with the query, in the order of bytes: from `first` until before `after`.';

revoke all on function ddp.name_words(text), ddp.index_names(), ddp.index_name(), ddp.search_range(text)
    from public, anon, authenticated, service_role;

create or replace function ddp.words_query(p_words text) returns tsquery
    language plpgsql immutable
    set search_path = ''
as $$
begin
    return (
        select to_tsquery(
            'simple', string_agg(format('''%s'':*', replace(replace(w, '\', '\\'), '''', '''''')), ' & ')
        )
        from unnest(tsvector_to_array(to_tsvector('simple', left(p_words, 500)))) w
    );
end
$$;
comment on function ddp.words_query(text) is
    'Finds texts that have, for each of these words, a word that begins with it. Null, which finds nothing, without words.';
revoke all on function ddp.words_query(text) from public, anon, authenticated, service_role;

-- transaction: none

-- Watch models by the beginnings of words: functions/find_watch_models.sql.
create index concurrently if not exists watch_models_words_idx on public.watch_models using gin (
    to_tsvector('simple', model_name || ' ' || coalesce(collection_name, '') || ' ' || coalesce(mpn, ''))
);

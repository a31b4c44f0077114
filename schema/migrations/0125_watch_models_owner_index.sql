-- transaction: none

-- An account's watch models, the newest first.
create index concurrently if not exists watch_models_owner_idx
    on public.watch_models (created_by_user_id, created_at desc, model_id desc);

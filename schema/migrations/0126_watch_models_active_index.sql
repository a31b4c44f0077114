-- transaction: none

-- Everyone's active watch models, the newest first.
create index concurrently if not exists watch_models_active_idx
    on public.watch_models (created_at desc, model_id desc) where is_active;

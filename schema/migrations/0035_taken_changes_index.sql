-- transaction: none
-- A refresh that took a million file actions looks for its few other changes by index; the many are read as a whole.
create index concurrently if not exists taken_changes_few_idx
    on ddp.taken_changes (entity_type, entity_id) where entity_type not in ('file', 'session');

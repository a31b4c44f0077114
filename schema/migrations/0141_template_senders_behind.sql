-- Whose different recipients were not counted again since more messages went out.
alter table ddp.template_senders add column behind_since timestamptz;
comment on column ddp.template_senders.behind_since is
    'Since when messages went out that `recipients` may lack; null: it is exact. At most about an hour ago.';

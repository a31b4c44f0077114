-- transaction: none

-- Each refresh looks for those who are behind for an hour.
create index concurrently if not exists template_senders_behind_idx
    on ddp.template_senders (behind_since) where behind_since is not null;

-- transaction: none

-- Orders of an owner's files begin with the owner, too.
drop index concurrently if exists ddp.file_stats_owner_idx;

-- transaction: none
-- A post that is published under its first id looks for an event that has told the other one.
create index concurrently if not exists social_events_publish_idx on ddp.social_events (platform, external_publish_id)
    where status = 'unmatched' and external_publish_id is not null;

-- TikTok calls a post by another id until its moderation has ended: the event about that end names both.
alter table ddp.social_events add column external_publish_id varchar(255);
comment on column ddp.social_events.external_publish_id is
    'What TikTok calls the post until moderation has ended; null: the event names none.';

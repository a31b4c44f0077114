-- name: store
-- Stores events, each once, and does what follows from them.
select ddp.store_social_events(%(events)s::jsonb);

-- name: match
-- Events that came before their post's id was stored.
select ddp.match_social_events(%(limit)s);

-- name: forget_raw
-- Forgets what people wrote, after 30 days.
select ddp.forget_raw_social_events(%(limit)s);

-- name: ask_to_forget
-- A request, through a platform, to forget a person. The same request again is the same.
insert into ddp.social_deletions (code, platform, external_user_hash)
values (%(code)s, %(platform)s::public.social_platform, %(external_user_hash)s)
on conflict (code) do nothing;

-- name: waiting_deletions
-- Requests to forget somebody that are not done.
select code from ddp.social_deletions where done_at is null order by requested_at limit %(limit)s;

-- name: forget
-- Forgets a person.
select ddp.forget_social_person(%(code)s);

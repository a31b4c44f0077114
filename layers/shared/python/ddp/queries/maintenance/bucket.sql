-- The comparison of the bucket with the tables: its place, its report, and what it found.

-- name: begin
-- Begins a run, unless one of its kind is unfinished or (for the daily one) began less than a day ago.
insert into ddp.bucket_runs (is_dry, orphans_allowed, step)
select %(is_dry)s, %(orphans_allowed)s, %(step)s
where %(asked_for)s or not exists (
    -- An hour less, so that a run begins at the same hour each day.
    select from ddp.bucket_runs r where not r.is_dry and r.began_at > now() - interval '23 hours'
)
on conflict (is_dry) where ended_at is null do nothing;

-- name: unfinished
-- The unfinished run of a kind.
select bucket_run_id from ddp.bucket_runs where is_dry = %(is_dry)s and ended_at is null;

-- name: take
-- Gives an unfinished run to one worker.
update ddp.bucket_runs set leased_until = clock_timestamp() + %(lease)s
where bucket_run_id = %(bucket_run_id)s and ended_at is null
    and (leased_until is null or leased_until < clock_timestamp())
returning 0 as lost;

-- name: renew
-- The worker is still at it.
update ddp.bucket_runs set leased_until = clock_timestamp() + %(lease)s where bucket_run_id = %(bucket_run_id)s;

-- name: release
-- The worker has ended, and leaves the rest to the next one.
update ddp.bucket_runs set leased_until = null where bucket_run_id = %(bucket_run_id)s;

-- name: get
-- A run that is under way.
select bucket_run_id, is_dry, orphans_allowed, began_at, step, after_key, from_file_id, objects, orphans, missing
from ddp.bucket_runs where bucket_run_id = %(bucket_run_id)s and ended_at is null;

-- name: files
-- The files from an id on, and what the bucket should have of them. Of those purged lately, objects may still be there.
select file_id, file_size, content_sha256, thumbnail_widths, purged_at is not null as is_purged,
    array(
        select h.token from ddp.hosted_images h
        where h.file_id = files.file_id and h.state <> 'failed' and h.removed_at is null
    ) as hosted_tokens
from public.files
where file_id >= %(from_file_id)s and (purged_at is null or purged_at > now() - %(notice)s)
order by file_id
limit %(limit)s;

-- name: advance
-- Moves the place and adds to the report, unless another worker has moved on from this place.
update ddp.bucket_runs
set step = %(to_step)s, after_key = %(to_key)s, from_file_id = %(to_file_id)s,
    objects = objects + %(objects)s, expected = expected + %(expected)s, orphans = orphans + %(orphans)s,
    orphans_due = orphans_due + (
        select count(*) from ddp.bucket_findings f
        where f.kind = 'orphan' and f.object_key = any (%(orphan_keys)s) and f.first_seen_at <= now() - %(notice)s
    ),
    missing = missing + %(missing)s, restored = restored + %(restored)s,
    compared = compared + %(compared)s, damaged = damaged + %(damaged)s, removed = removed + %(removed)s
where bucket_run_id = %(bucket_run_id)s and (step, after_key) = (%(step)s, %(after_key)s) and ended_at is null
returning 1 as advanced;

-- name: note
-- Records that these objects were found to be so, now and perhaps before.
insert into ddp.bucket_findings as f (kind, object_key)
select %(kind)s, k.object_key from unnest(%(keys)s::text[]) as k (object_key)
order by k.object_key
on conflict (kind, object_key) do update set last_seen_at = now();

-- name: due
-- Orphans that this run saw and that were there a week before, in order; those that have a row by now are left alone.
select f.object_key
from ddp.bucket_findings f
where f.kind = 'orphan' and f.object_key > %(after_key)s
    and f.last_seen_at >= %(began_at)s and f.first_seen_at <= now() - %(notice)s
order by f.object_key
limit %(limit)s;

-- name: claimed
-- Of these ids, those of files and of uploads that may still become one.
select f.file_id from public.files f where f.file_id = any (%(file_ids)s) and f.purged_at is null
union all
select u.file_id from public.uploads u where u.file_id = any (%(file_ids)s) and u.state = 'pending';

-- name: forget
-- Forgets orphans that were removed.
delete from ddp.bucket_findings where kind = 'orphan' and object_key = any (%(keys)s);

-- name: finish
-- Ends a run.
update ddp.bucket_runs set ended_at = now(), outcome = %(outcome)s, leased_until = null
where bucket_run_id = %(bucket_run_id)s and step = %(step)s and ended_at is null
returning 1 as finished;

-- name: forget_what_is_gone
-- What the run that now ends did not see again must be seen twice anew. Old reports go.
with gone as (delete from ddp.bucket_findings where last_seen_at < %(began_at)s)
delete from ddp.bucket_runs where ended_at < now() - %(kept)s;

-- name: figures
-- What the last complete run found, for the alarms. A platform without any run yet has no age: nothing is overdue.
select coalesce(last.missing, 0) as missing, coalesce(last.damaged, 0) as damaged,
    coalesce((last.outcome = 'too-many-orphans')::integer, 0) as untouched,
    round(extract(epoch from now() - coalesce(last.ended_at, first.began_at, now())) / 3600) as hours_since_complete
from (select min(r.began_at) as began_at from ddp.bucket_runs r where not r.is_dry) as first
left join lateral (
    select r.missing, r.damaged, r.outcome, r.ended_at from ddp.bucket_runs r
    where not r.is_dry and r.ended_at is not null
    order by r.ended_at desc limit 1
) as last on true;

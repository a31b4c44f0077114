-- name: start
-- Commits that calls start, and says which may go.
select * from ddp.start_social_calls(%(calls)s::jsonb, %(part_no)s, %(worker)s, %(lease)s);

-- name: record
-- Records what came of started calls.
select * from ddp.record_social_calls(%(results)s::jsonb);

-- name: found
-- Records what reads of unconfirmed posts found.
select * from ddp.social_found(%(worker)s, %(results)s::jsonb);

-- name: wait
-- When to claim again.
select ddp.send_wait(%(channel)s);

-- name: slow_down
-- Halves the bucket's rate for a while, because the provider throttles.
select ddp.note_throttling(%(bucket)s);

-- name: stop
-- Nothing of the channel goes for a while, because the provider takes nothing from the account.
select ddp.stop_buckets(%(channel)s, %(seconds)s, %(code)s, %(reason)s);

-- name: quota_is_stale
-- True for one of several workers, which then asks the provider.
select ddp.quota_is_stale(%(bucket)s, %(channel)s, %(after)s);

-- name: store_quota
-- Fills the bucket at the rate that the provider allows.
select ddp.store_quota(%(bucket)s, %(per_second)s, null, %(daily_left)s);

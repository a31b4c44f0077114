-- name: wait
-- When to claim again.
select ddp.email_wait(%(bucket)s);

-- name: slow_down
-- Halves the bucket's rate for a while, because the provider throttles.
select ddp.email_throttled(%(bucket)s);

-- name: quota_is_stale
-- True for one of several workers, which then asks the provider.
select ddp.email_quota_is_stale(%(bucket)s, %(after)s);

-- name: store_quota
-- Fills the bucket at the rate that the provider allows.
select ddp.store_email_quota(%(bucket)s, %(per_second)s, %(daily_left)s);

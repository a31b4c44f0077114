-- The rate at which one account sends in one Region: a bucket of tokens, one per recipient, filled as fast as the
-- provider's quota allows. A transaction that takes tokens holds the bucket's row until it ends, soon.

create or replace function ddp.lock_email_bucket(p_bucket text) returns ddp.rate_buckets
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_bucket ddp.rate_buckets;
    v_now timestamptz;
    v_elapsed double precision;
begin
    -- One per second until the provider's quota is known: what an account in SES's sandbox may send.
    insert into ddp.rate_buckets (bucket, per_second, tokens) values (p_bucket, 1, 1) on conflict do nothing;
    select b.* into strict v_bucket from ddp.rate_buckets b where b.bucket = p_bucket for update;
    v_now := clock_timestamp();  -- not now(): waiting for the lock took time
    v_elapsed := greatest(extract(epoch from v_now - v_bucket.filled_at), 0);
    if v_elapsed > 600 then
        v_bucket.serving_since := v_now;
    end if;
    v_bucket.pace := least(1, v_bucket.pace + v_elapsed / 120);
    -- The bucket holds one second's worth, and at least one call of 50.
    v_bucket.tokens := least(
        greatest(v_bucket.per_second, 50), v_bucket.tokens + v_elapsed * v_bucket.per_second * v_bucket.pace
    );
    v_bucket.filled_at := v_now;
    update ddp.rate_buckets b
    set tokens = v_bucket.tokens, filled_at = v_now, pace = v_bucket.pace, serving_since = v_bucket.serving_since
    where b.bucket = p_bucket;
    return v_bucket;
end
$$;
comment on function ddp.lock_email_bucket(text) is 'Locks a bucket, creating it if it does not exist, and fills it up to now.';

create or replace function ddp.email_throttled(p_bucket text) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Calls in progress at the same time are throttled together: slow down once for all of them.
    update ddp.rate_buckets b
    set tokens = 0, throttled_at = clock_timestamp(),
        pace = case
            when b.throttled_at > clock_timestamp() - interval '2 seconds' then b.pace
            else greatest(b.pace / 2, 0.05)
        end
    where b.bucket = p_bucket;
$$;
comment on function ddp.email_throttled(text) is
    'Records that the provider throttles: empties the bucket and halves its pace; full pace is back within two minutes.';

create or replace function ddp.email_quota_is_stale(p_bucket text, p_after interval) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.rate_buckets (bucket, per_second, tokens) values (p_bucket, 1, 1) on conflict do nothing;
    update ddp.rate_buckets b set quota_at = clock_timestamp()
    where b.bucket = p_bucket and (b.quota_at is null or b.quota_at < clock_timestamp() - p_after);
    return found;
end
$$;
comment on function ddp.email_quota_is_stale(text, interval) is
    'True for one caller per interval, which then asks the provider for its quota: it allows one request per second.';

create or replace function ddp.store_email_quota(p_bucket text, p_per_second double precision, p_daily_left double precision)
    returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.rate_buckets b
    set per_second = p_per_second, daily_left = p_daily_left, quota_at = clock_timestamp()
    where b.bucket = p_bucket;
$$;
comment on function ddp.store_email_quota(text, double precision, double precision) is
    'Stores what the provider allows per second, and what its 24-hour quota still leaves (null: no limit).';
revoke all on function
    ddp.lock_email_bucket(text), ddp.email_throttled(text), ddp.email_quota_is_stale(text, interval),
    ddp.store_email_quota(text, double precision, double precision)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.lock_email_bucket(text), ddp.email_throttled(text), ddp.email_quota_is_stale(text, interval),
    ddp.store_email_quota(text, double precision, double precision)
    to service_role;

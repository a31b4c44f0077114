-- requires: policies/sending.sql
-- The rates that providers allow. A bucket of tokens fills as fast as the provider's quota says. A transaction that takes
-- tokens holds the bucket's row until it ends, soon, and waits for nothing else meanwhile.

create or replace function ddp.burst(p_bucket ddp.rate_buckets) returns double precision
    language sql immutable
    set search_path = ''
    return coalesce(p_bucket.burst, greatest(p_bucket.per_second, 1));
comment on function ddp.burst(ddp.rate_buckets) is 'The most units that a bucket can save up.';

create or replace function ddp.filled(p_bucket ddp.rate_buckets, p_at timestamptz) returns ddp.rate_buckets
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_seconds constant double precision := greatest(extract(epoch from p_at - p_bucket.filled_at), 0);
begin
    if v_seconds > 600 then
        p_bucket.serving_since := p_at;
    end if;
    p_bucket.pace := least(1, p_bucket.pace + v_seconds / 120);
    p_bucket.tokens := case
        when p_bucket.stopped_until > p_at then 0
        else least(ddp.burst(p_bucket), p_bucket.tokens + v_seconds * p_bucket.per_second * p_bucket.pace)
    end;
    p_bucket.filled_at := greatest(p_at, p_bucket.filled_at);
    return p_bucket;
end
$$;
comment on function ddp.filled(ddp.rate_buckets, timestamptz) is
    'The bucket as it is at that time. After ten minutes in which nobody asked for tokens, serving starts anew.';

create or replace function ddp.bucket_wait(p_bucket ddp.rate_buckets) returns double precision
    language sql immutable
    set search_path = ''
    return case
        when p_bucket.daily_left < 1 then 300
        when p_bucket.stopped_until > p_bucket.filled_at
            then least(300, extract(epoch from p_bucket.stopped_until - p_bucket.filled_at) + 1)
        -- Half of what can be saved up, and at most a call of 50: fewer claims, and no token is lost to a full bucket.
        when p_bucket.tokens < 1 then
            (greatest(1, least(ddp.burst(p_bucket) / 2, 50)) - p_bucket.tokens) / (p_bucket.per_second * p_bucket.pace)
        else 0
    end;
comment on function ddp.bucket_wait(ddp.rate_buckets) is
    'Seconds until a (filled) bucket has tokens worth a claim; 0: now. 300 when the provider''s 24-hour quota is used up.';

create or replace function ddp.lock_bucket(p_bucket text, p_channel public.message_channel) returns ddp.rate_buckets
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_bucket ddp.rate_buckets;
begin
    -- One per second until the provider's quota is known: what a new account may send.
    insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values (p_bucket, p_channel, 1, 1)
    on conflict do nothing;
    select b.* into strict v_bucket from ddp.rate_buckets b where b.bucket = p_bucket for no key update;
    v_bucket := ddp.filled(v_bucket, clock_timestamp());  -- not now(): waiting for the lock took time
    update ddp.rate_buckets b
    set tokens = v_bucket.tokens, filled_at = v_bucket.filled_at, pace = v_bucket.pace,
        serving_since = v_bucket.serving_since
    where b.bucket = p_bucket;
    return v_bucket;
end
$$;
comment on function ddp.lock_bucket(text, public.message_channel) is
    'Locks a bucket, creating it if it does not exist, and fills it up to now.';

create or replace function ddp.note_throttling(p_bucket text) returns void
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
comment on function ddp.note_throttling(text) is
    'Records that the provider throttles: empties the bucket and halves its pace; full pace is back within two minutes.';

create or replace function ddp.stop_buckets(p_channel public.message_channel, p_seconds double precision, p_code text, p_reason text)
    returns void
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select b.bucket from ddp.rate_buckets b where b.channel = p_channel order by b.bucket for no key update
    )
    update ddp.rate_buckets b
    set stopped_until = clock_timestamp() + p_seconds * interval '1 second', stopped_code = p_code, stopped_reason = p_reason
    from locked l
    where b.bucket = l.bucket
$$;
comment on function ddp.stop_buckets(public.message_channel, double precision, text, text) is
    'Nothing of the channel is sent for so many seconds, because the provider takes nothing from the account; the reason is shown.';

create or replace function ddp.quota_is_stale(p_bucket text, p_channel public.message_channel, p_after interval)
    returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values (p_bucket, p_channel, 1, 1)
    on conflict do nothing;
    update ddp.rate_buckets b set quota_at = clock_timestamp()
    where b.bucket = p_bucket and (b.quota_at is null or b.quota_at < clock_timestamp() - p_after);
    return found;
end
$$;
comment on function ddp.quota_is_stale(text, public.message_channel, interval) is
    'True for one caller per interval, which then asks the provider for its quota: it allows one request per second.';

create or replace function ddp.store_quota(
    p_bucket text, p_per_second double precision, p_burst double precision, p_daily_left double precision
) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.rate_buckets b
    set per_second = p_per_second, burst = p_burst, daily_left = p_daily_left, quota_at = clock_timestamp()
    where b.bucket = p_bucket;
$$;
comment on function ddp.store_quota(text, double precision, double precision, double precision) is
    'Stores what the provider allows: units per second; units at once (null: one second''s worth, and at least one); and '
    'units that its 24-hour quota still leaves (null: no limit).';

revoke all on function
    ddp.burst(ddp.rate_buckets), ddp.filled(ddp.rate_buckets, timestamptz), ddp.bucket_wait(ddp.rate_buckets),
    ddp.lock_bucket(text, public.message_channel), ddp.note_throttling(text),
    ddp.stop_buckets(public.message_channel, double precision, text, text),
    ddp.quota_is_stale(text, public.message_channel, interval),
    ddp.store_quota(text, double precision, double precision, double precision)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.burst(ddp.rate_buckets), ddp.filled(ddp.rate_buckets, timestamptz), ddp.bucket_wait(ddp.rate_buckets),
    ddp.lock_bucket(text, public.message_channel), ddp.note_throttling(text),
    ddp.stop_buckets(public.message_channel, double precision, text, text),
    ddp.quota_is_stale(text, public.message_channel, interval),
    ddp.store_quota(text, double precision, double precision, double precision)
    to service_role;

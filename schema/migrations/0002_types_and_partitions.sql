-- Enumerations, the checks for file names and metadata, and the helper that makes monthly partitions.

create type public.user_type as enum ('brand', 'retailer', 'admin');
create type public.file_type as enum ('image', 'video', 'pdf', 'document', 'audio', 'other');
create type public.file_action_type as enum ('VIEW', 'DOWNLOAD', 'SHARE', 'DELETE', 'UPLOAD', 'EDIT');
create type public.campaign_status as enum ('draft', 'active', 'paused', 'completed', 'archived');
create type public.template_type as enum ('email', 'sms', 'social', 'web', 'print');
create type public.social_platform as enum ('facebook', 'instagram', 'twitter', 'linkedin', 'tiktok', 'youtube');
create type public.upload_method as enum ('single', 'multipart');
create type public.upload_state as enum ('pending', 'live', 'rejected', 'aborted');

-- The described states and those of a ledger that also says what has not happened yet and what is not known.
create type public.email_send_status as enum (
    'pending', 'sending', 'sent', 'delivered', 'opened', 'clicked', 'failed', 'bounced', 'complained',
    'suppressed', 'cancelled', 'missed', 'unknown'
);
create type public.sms_send_status as enum (
    'pending', 'sending', 'sent', 'delivered', 'failed', 'suppressed', 'cancelled', 'missed', 'unknown'
);

-- Refused: path separators, control characters (C0, DEL, C1, line and paragraph separators), and the characters
-- that turn the direction of writing, with which `gpj.exe` shows as `exe.jpg`.
create function ddp.is_file_name(p_name text) returns boolean
    language sql immutable parallel safe
    set search_path = ''
    return p_name !~ '[/\\\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]'
        and p_name = btrim(p_name)
        and p_name not in ('', '.', '..');
comment on function ddp.is_file_name(text) is
    'Whether a text may be a file''s name: one visible line, no path, no direction marks, not blank at either end.';
revoke all on function ddp.is_file_name(text) from public, anon, authenticated, service_role;
grant execute on function ddp.is_file_name(text) to authenticated, service_role;  -- checks run as whoever writes

-- What one tenant writes is read by others, with parsers that have limits: Python refuses integers of more than 4,300
-- digits (jsonb spells 1e8000 out) and nesting beyond 255. One such row would break every list that it is in.
create function ddp.is_metadata(p_metadata jsonb) returns boolean
    language sql immutable parallel safe
    set search_path = ''
    return jsonb_typeof(p_metadata) = 'object'
        and length(p_metadata::text) <= 8192
        and not jsonb_path_exists(p_metadata, 'strict $.**{33 to last}')
        and not jsonb_path_exists(
            p_metadata, 'strict $.** ? (@.type() == "number" && (@ > 1e300 || @ < -1e300))'
        );
comment on function ddp.is_metadata(jsonb) is
    'Whether a value may be metadata: an object of at most 8,192 characters and 32 levels, without numbers over 1e300.';
revoke all on function ddp.is_metadata(jsonb) from public, anon, authenticated, service_role;
grant execute on function ddp.is_metadata(jsonb) to authenticated, service_role;

-- Partitions live in `ddp`: an API exposes `public`, and grants and policies are read from the parent there.
-- They are built beside the table and then attached, so that readers and writers wait only for the attaching;
-- `lock_timeout` lets them pass, and the caller tries again.
create function ddp.ensure_partitions(
    p_parent regclass,
    p_from date default (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date,
    p_until date default (date_trunc('month', now() at time zone 'UTC') + interval '13 months')::date
) returns integer
    language plpgsql
    set search_path = ''
    set lock_timeout = '2s'
as $$
declare
    v_parent_name text;
    v_key text;
    v_default text;
    v_name text;
    v_start date := date_trunc('month', p_from::timestamp);
    v_lower text;
    v_upper text;
    v_made integer := 0;
begin
    select c.relname, a.attname into strict v_parent_name, v_key
    from pg_catalog.pg_partitioned_table t
    join pg_catalog.pg_class c on c.oid = t.partrelid
    join pg_catalog.pg_attribute a on a.attrelid = t.partrelid and a.attnum = t.partattrs[0]
    where t.partrelid = p_parent;

    perform pg_advisory_xact_lock(hashtext('ddp.ensure_partitions'), p_parent::oid::integer);

    v_default := format('ddp.%I', v_parent_name || '_default');
    if to_regclass(v_default) is null then
        execute format('create table %s partition of %s default', v_default, p_parent);
        execute format('alter table %s enable row level security', v_default);
        execute format('revoke all on %s from public, anon, authenticated, service_role', v_default);
    end if;

    while v_start < p_until loop
        v_name := format('ddp.%I', v_parent_name || to_char(v_start, '_YYYY_MM'));
        v_lower := to_char(v_start, 'YYYY-MM-DD 00:00:00+00');
        v_start := v_start + interval '1 month';
        v_upper := to_char(v_start, 'YYYY-MM-DD 00:00:00+00');
        continue when to_regclass(v_name) is not null;

        execute format('create table %s (like %s including defaults including constraints)', v_name, p_parent);
        execute format('alter table %s enable row level security', v_name);
        execute format('revoke all on %s from public, anon, authenticated, service_role', v_name);
        -- Rows that came before their month existed wait in the default partition.
        execute format(
            'with moved as (delete from %1$s where %3$I >= %4$L and %3$I < %5$L returning *)'
            ' insert into %2$s select * from moved',
            v_default, v_name, v_key, v_lower, v_upper
        );
        execute format(
            'alter table %s attach partition %s for values from (%L) to (%L)', p_parent, v_name, v_lower, v_upper
        );
        v_made := v_made + 1;
    end loop;
    return v_made;
end
$$;
comment on function ddp.ensure_partitions(regclass, date, date) is
    'Makes the missing monthly partitions (UTC months) of a table from one date until before another, by default '
    'from last month to a year ahead, and the default partition; moves waiting rows; returns how many it made.';
revoke all on function ddp.ensure_partitions(regclass, date, date) from public, anon, authenticated, service_role;

-- requires: functions/request_origin.sql
-- The audit trail, written by triggers with the rights of the tables' owner: users who change a row need no right to
-- write, or even read, audit_logs.

-- Must not be copied into a log that people read: tokens, secrets, passwords, keys, and hashes that stand for them.
create or replace function ddp.secret_name() returns text
    language sql immutable
    set search_path = ''
as $$
    select '(?i)token|secret|passw|passphrase|credential|api_?key|private_?key|authorization|hash|sha256'
$$;
comment on function ddp.secret_name() is
    'A pattern: the values of columns and JSON keys with such a name are kept out of logs.';
revoke all on function ddp.secret_name() from public, anon, authenticated, service_role;

create or replace function ddp.mask_secrets(p_value jsonb) returns jsonb
    language plpgsql immutable
    set search_path = ''
as $$
begin
    return case jsonb_typeof(p_value)
        when 'object' then (
            select coalesce(jsonb_object_agg(
                m.key,
                case
                    when m.key !~ ddp.secret_name() then ddp.mask_secrets(m.value)
                    when m.value = 'null' then m.value
                    else '"***"'
                end
            ), '{}')
            from jsonb_each(p_value) m
        )
        when 'array' then (
            select coalesce(jsonb_agg(ddp.mask_secrets(e.value) order by e.position), '[]')
            from jsonb_array_elements(p_value) with ordinality e (value, position)
        )
        else p_value
    end;
end
$$;
comment on function ddp.mask_secrets(jsonb) is 'The value with *** in place of every secret, at any depth.';
revoke all on function ddp.mask_secrets(jsonb) from public, anon, authenticated, service_role;

create or replace function ddp.audit_changes() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_key constant text := tg_argv[0];
    v_second_key constant text := tg_argv[1];
    v_derived constant text[] := tg_argv[2];
    -- Secret columns are found once per statement. Secrets inside JSON are looked for in the text of a row's JSON
    -- columns, because walking through every value would cost more than everything else here.
    v_secret constant text[] := array(
        select a.attname from pg_catalog.pg_attribute a
        where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped and a.attname ~ ddp.secret_name()
    );
    v_json constant text[] := array(  -- a test holds that no table has more than five
        select a.attname from pg_catalog.pg_attribute a
        where a.attrelid = tg_relid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'jsonb'::regtype
    );
    v_mask constant jsonb := coalesce((select jsonb_object_agg(c, '***') from unnest(v_secret) c), '{}');
    v_pattern constant text := ddp.secret_name();
    v_user_id constant uuid := (select u.user_id from public.users u where u.user_id = auth.uid());
    v_address constant inet := ddp.request_address();
    v_agent constant text := ddp.request_agent();
begin
    if tg_op = 'INSERT' then
        insert into public.audit_logs (table_name, record_id, action, new_values, changed_by, ip_address, user_agent)
        select
            tg_table_name, (n.v ->> v_key)::uuid, tg_op,
            case when concat(n.v -> v_json[1], n.v -> v_json[2], n.v -> v_json[3], n.v -> v_json[4], n.v -> v_json[5]) ~ v_pattern
                then ddp.mask_secrets(n.v) else n.v end || v_mask,
            v_user_id, v_address, v_agent
        from (select to_jsonb(c) - v_secret as v from changed c offset 0) n;
    elsif tg_op = 'DELETE' then
        insert into public.audit_logs (table_name, record_id, action, old_values, changed_by, ip_address, user_agent)
        select
            tg_table_name, (o.v ->> v_key)::uuid, tg_op,
            case when concat(o.v -> v_json[1], o.v -> v_json[2], o.v -> v_json[3], o.v -> v_json[4], o.v -> v_json[5]) ~ v_pattern
                then ddp.mask_secrets(o.v) else o.v end || v_mask,
            v_user_id, v_address, v_agent
        from (select to_jsonb(b) - v_secret as v from before b offset 0) o;
    else
        insert into public.audit_logs (
            table_name, record_id, action, old_values, new_values, changed_by, ip_address, user_agent
        )
        select
            tg_table_name, coalesce(n.v ->> v_key, o.v ->> v_key)::uuid, tg_op,
            case when concat(o.v -> v_json[1], o.v -> v_json[2], o.v -> v_json[3], o.v -> v_json[4], o.v -> v_json[5]) ~ v_pattern
                then ddp.mask_secrets(o.v) else o.v end - v_secret || v_mask,
            case when concat(n.v -> v_json[1], n.v -> v_json[2], n.v -> v_json[3], n.v -> v_json[4], n.v -> v_json[5]) ~ v_pattern
                then ddp.mask_secrets(n.v) else n.v end - v_secret || v_mask,
            v_user_id, v_address, v_agent
        from (select to_jsonb(b) as v from before b offset 0) o
        full join (select to_jsonb(c) as v from changed c offset 0) n
            on n.v ->> v_key = o.v ->> v_key
            and coalesce(n.v ->> v_second_key, '') = coalesce(o.v ->> v_second_key, '')
        where (o.v - v_derived) is distinct from (n.v - v_derived);
    end if;
    return null;
end
$$;
comment on function ddp.audit_changes() is
    'Trigger, once per statement: one row in audit_logs for each row that changed, secrets masked. Expects the transition '
    'tables `before` and `changed`. Arguments: the first and second column of the key (the second may be empty), and '
    'the derived columns, whose changes alone are not logged.';
revoke all on function ddp.audit_changes() from public, anon, authenticated, service_role;

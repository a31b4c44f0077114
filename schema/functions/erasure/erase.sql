-- requires: functions/erase_email_tests.sql, functions/erase_address.sql, functions/erase_user.sql, functions/partition_key.sql
-- requires: functions/phone_consents.sql, functions/erase_inbound_messages.sql, functions/erase_from_forecasts.sql, functions/erase_fund_claims.sql
-- An erasure goes over all tables, stage by stage, in portions that commit. It ends after a whole pass that found nothing:
-- what was being sent, or came in, during one pass is found by the next. A pass that found nothing, and may not end the
-- erasure yet, is followed by one in the next hour.

create or replace function ddp.erase_stage(p_erasure ddp.erasures, p_limit integer, out rows bigint, out name text)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_address constant text := p_erasure.address;
begin
    case p_erasure.stage
        -- Before the accounts lose the platforms' ids, by which events name them.
        when 0 then name := 'social_events'; rows := ddp.erase_social_events(p_erasure.user_id, p_limit);
        when 1 then name := 'users'; rows := ddp.erase_account(p_erasure.user_id);
        when 2 then name := 'sends'; rows := ddp.erase_from_ledger(v_address, p_limit);
        when 3 then name := 'send_plans'; rows := ddp.erase_from_plans(v_address, p_limit);
        when 4 then name := 'send_plan_rejections'; rows := ddp.erase_from_rejections(v_address, p_limit);
        when 5 then name := 'test_sends';
            rows := ddp.erase_email_tests(v_address, p_limit) + ddp.erase_sms_tests(v_address, p_limit);
        when 6 then name := 'invitations'; rows := ddp.erase_from_invitations(v_address);
        when 7 then name := 'senders'; rows := ddp.erase_from_senders(v_address);
        when 8 then name := 'idempotency_keys'; rows := ddp.erase_from_answers(v_address, p_limit);
        when 9 then name := 'soft_bounces';
            delete from ddp.soft_bounces b where b.address_hash = p_erasure.address_hash;
            get diagnostics rows = row_count;
        when 10 then name := 'sessions_and_actions'; rows := ddp.erase_traces(p_erasure.user_id, p_limit);
        when 11 then name := 'audit_logs'; rows := ddp.erase_trail(p_erasure.user_id, p_limit);
        when 12 then name := 'phone_consents'; rows := ddp.erase_phone_consents(p_erasure.address_hash, p_limit);
        when 13 then name := 'inbound_messages';
            rows := ddp.erase_inbound_messages(v_address, p_erasure.address_hash, p_limit);
        when 14 then name := 'recipient_counters';
            delete from ddp.recipient_counters k where k.ctid = any (array(
                select o.ctid from ddp.recipient_counters o
                where o.recipient_hash = p_erasure.address_hash
                order by o.owner_id
                limit p_limit
                for update
            ));
            get diagnostics rows = row_count;
        when 15 then name := 'forecasts'; rows := ddp.erase_from_forecasts(v_address, p_limit);
        when 16 then name := 'social_posts'; rows := ddp.erase_social_posts(p_erasure.user_id, p_limit);
        when 17 then name := 'fund_claims'; rows := ddp.erase_fund_claims(p_erasure.user_id, p_limit);
    end case;
end
$$;
comment on function ddp.erase_stage(ddp.erasures, integer) is
    'Erases the next rows of the stage that an erasure is at; returns how many, and the name for its counts.';

create or replace function ddp.audit_month_after(p_place text) returns name
    language sql stable
    set search_path = ''
as $$
    select c.relname
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.audit_logs'::regclass and c.relname > coalesce(p_place, '')
    order by c.relname
    limit 1
$$;
comment on function ddp.audit_month_after(text) is 'The partition of the audit trail after this one (null: the first); null after the last.';

create or replace function ddp.erase_next(p_erasure ddp.erasures, p_limit integer) returns ddp.erasures
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_after ddp.erasures := p_erasure;
    v_rows bigint;
    v_name text;
begin
    if p_erasure.stage <= 17 then
        select s.rows, s.name into v_rows, v_name from ddp.erase_stage(p_erasure, p_limit) s;
        v_rows := coalesce(v_rows, 0);
        -- A full portion has more behind it.
        v_after.stage := p_erasure.stage + (v_rows < p_limit)::integer;
    else
        v_name := 'audit_logs';
        v_after.place := ddp.audit_month_after(p_erasure.place);
        v_after.stage := 18 + (v_after.place is null)::integer;
        v_rows := case when v_after.place is null then 0
            else ddp.erase_from_audit(format('ddp.%I', v_after.place)::regclass, p_erasure.address) end;
    end if;
    v_after.counts := v_after.counts || case when v_rows > 0 then jsonb_build_object(
        v_name, coalesce((v_after.counts ->> v_name)::bigint, 0) + v_rows
    ) else '{}' end;
    v_after.found_in_pass := v_after.found_in_pass + v_rows;
    return v_after;
end
$$;
comment on function ddp.erase_next(ddp.erasures, integer) is 'Takes one portion of an erasure; returns where it is then.';

create or replace function ddp.count_for_erasure(p_erasure ddp.erasures) returns ddp.erasures
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_erasure ddp.erasures := p_erasure;
begin
    -- The erasure itself, whole, and taken back: variables keep what it counted.
    begin
        while v_erasure.stage < 19 loop
            v_erasure := ddp.erase_next(v_erasure, 2000000000);
        end loop;
        raise exception using errcode = 'DDP00';
    exception
        when sqlstate 'DDP00' then null;
    end;
    return v_erasure;
end
$$;
comment on function ddp.count_for_erasure(ddp.erasures) is 'What an erasure would count, without a change.';

create or replace function ddp.is_held_elsewhere(p_erasure ddp.erasures) returns boolean
    language sql stable
    set search_path = ''
as $$
    -- Months that are being removed hold addresses, too: they are gone within the hour.
    select exists (select from ddp.detached_months) or ddp.is_being_exported(p_erasure.user_id)
$$;
comment on function ddp.is_held_elsewhere(ddp.erasures) is
    'Whether something holds the person that no pass reaches, and that goes by itself: a detached month, or an export that is '
    'being written.';

create or replace function ddp.erase_portion(p_limit integer, out erasure_id uuid, out rows bigint, out is_left boolean)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_before ddp.erasures;
    v_after ddp.erasures;
begin
    rows := 0;
    is_left := false;
    select e.* into v_before from ddp.erasures e
    where e.ended_at is null and (e.waits_until is null or e.waits_until <= now())
    order by e.began_at nulls first, e.requested_at
    limit 1
    for update skip locked;
    if v_before.erasure_id is null then
        return;
    end if;
    erasure_id := v_before.erasure_id;
    v_after := case when v_before.is_dry_run then ddp.count_for_erasure(v_before)
        else ddp.erase_next(v_before, p_limit) end;
    rows := v_after.found_in_pass - v_before.found_in_pass;
    v_after.began_at := now();  -- the others come first next time
    if v_after.stage = 19 then
        if v_before.is_dry_run or v_after.found_in_pass = 0 and not ddp.is_held_elsewhere(v_before) then
            v_after.ended_at := now();
            v_after.address := null;
        elsif v_after.found_in_pass = 0 then
            v_after.waits_until := now() + interval '30 minutes';  -- for the next hour's run, and none of this one
        end if;
        v_after.stage := 0;
        v_after.found_in_pass := 0;
    end if;
    update ddp.erasures e
    set counts = v_after.counts, found_in_pass = v_after.found_in_pass, stage = v_after.stage, place = v_after.place,
        began_at = v_after.began_at, ended_at = v_after.ended_at, address = v_after.address,
        waits_until = v_after.waits_until
    where e.erasure_id = v_before.erasure_id;
    is_left := true;
end
$$;
comment on function ddp.erase_portion(integer) is
    'Takes one portion of the erasure that waited longest; `is_left` is false when none waits. For workers.';

revoke all on function
    ddp.erase_stage(ddp.erasures, integer), ddp.audit_month_after(text), ddp.erase_next(ddp.erasures, integer),
    ddp.count_for_erasure(ddp.erasures), ddp.is_held_elsewhere(ddp.erasures), ddp.erase_portion(integer)
    from public, anon, authenticated, service_role;
grant execute on function ddp.erase_portion(integer) to service_role;

-- Of the release before there were test sends of SMS.
drop function if exists ddp.erase_from_test_sends(text, integer);

-- requires: functions/erase_email_sends.sql, functions/erased_email.sql
-- Where an address stands, and what is left of the row without it. Each function erases at most p_limit rows and returns
-- how many; called again after it has returned 0, it finds nothing.

create or replace function ddp.holds_address(p_text text, p_address text) returns boolean
    language sql immutable
    set search_path = ''
as $$
    -- It knows joann@x.org and ann@x.org.uk from ann@x.org. Callers that read many rows ask strpos first, which is quicker.
    select lower(p_text) ~ format(
        '(?<![a-z0-9._%%+-])%s(?![a-z0-9-]|\.[a-z0-9])', regexp_replace(p_address, '([^a-z0-9@])', '\\\1', 'g')
    )
$$;
comment on function ddp.holds_address(text, text) is 'Whether a text has this address in it, and not only a longer one.';
revoke all on function ddp.holds_address(text, text) from public, anon, authenticated, service_role;

create or replace function ddp.erase_exports_of(p_send_plan_ids uuid[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    with withdrawn as (
        update public.send_exports x
        set state = 'failed', object_key = null, row_count = null, ended_at = coalesce(x.ended_at, now()),
            failure_reason = 'It held a person who was erased: ask for a new one.'
        from (
            select o.send_export_id, o.object_key from public.send_exports o
            where o.send_plan_id = any (p_send_plan_ids) and (o.object_key is not null or o.state = 'pending')
            for update skip locked  -- a worker has it for as long as it writes the file
        ) o
        where x.send_export_id = o.send_export_id
        returning o.object_key
    ), noted as (
        insert into ddp.object_removals (object_key)
        select w.object_key from withdrawn w where w.object_key is not null
        on conflict do nothing
    )
    select count(*) into v_count from withdrawn;
    return v_count;
end
$$;
comment on function ddp.erase_exports_of(uuid[]) is
    'Withdraws the exports of these sends with their objects, except one that is being written; returns how many.';

create or replace function ddp.erase_from_ledger(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_emails constant uuid[] := array(select s.id from ddp.email_sends_to(p_address) s (id) limit p_limit);
    v_messages constant uuid[] := array(select s.id from ddp.sms_sends_to(p_address) s (id) limit p_limit);
    v_plans constant uuid[] := array(
        select p.send_plan_id from public.send_plans p
        where p.email_campaign_id in (
                select s.email_campaign_id from public.email_sends s where s.email_send_id = any (v_emails)
            )
            or p.sms_campaign_id in (
                select s.sms_campaign_id from public.sms_sends s where s.sms_send_id = any (v_messages)
            )
    );
begin
    perform ddp.erase_exports_of(v_plans);
    -- What is being exported or sent at this moment is found again by the next pass.
    if not exists (select from public.send_exports x where x.send_plan_id = any (v_plans) and x.state = 'pending') then
        perform ddp.erase_email_sends(v_emails);
        perform ddp.erase_sms_sends(v_messages);
    end if;
    return cardinality(v_emails) + cardinality(v_messages);
end
$$;
comment on function ddp.erase_from_ledger(text, integer) is 'Erases messages to an address, with what was reported about them.';

create or replace function ddp.without_recipient(p_audience jsonb, p_address text) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    -- In its place: a planner that has read half of the list goes on at the right entry, and rejects this one.
    select jsonb_set(p_audience, '{recipients}', (
        select jsonb_agg(
            case when ddp.holds_address(r.recipient::text, p_address) then '{"email": "erased", "phone": "erased"}' else r.recipient end
            order by r.position
        )
        from jsonb_array_elements(p_audience -> 'recipients') with ordinality r (recipient, position)
    ))
$$;
comment on function ddp.without_recipient(jsonb, text) is 'An audience''s list with an address, and what belongs to it, struck out.';

create or replace function ddp.erase_from_plans(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    update public.send_plans p set audience = ddp.without_recipient(p.audience, p_address)
    where p.send_plan_id = any (array(
        select o.send_plan_id from public.send_plans o
        where o.audience ? 'recipients' and strpos(lower(o.audience::text), p_address) > 0
            and ddp.holds_address(o.audience::text, p_address)
        limit p_limit
    ));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.erase_from_plans(text, integer) is 'Strikes an address out of the lists that sends were requested with.';

create or replace function ddp.erase_from_rejections(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_plans uuid[];
begin
    with found as (
        update ddp.send_plan_rejections r set value = null
        where r.ctid = any (array(
            select o.ctid from ddp.send_plan_rejections o
            where strpos(lower(o.value), p_address) > 0 and ddp.holds_address(o.value, p_address)
            limit p_limit
        ))
        returning r.send_plan_id
    )
    select coalesce(array_agg(f.send_plan_id), '{}') into v_plans from found f;
    perform ddp.erase_exports_of(v_plans);
    return cardinality(v_plans);
end
$$;
comment on function ddp.erase_from_rejections(text, integer) is 'Erases an address from records that plans rejected.';

create or replace function ddp.erase_from_invitations(p_address text) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_users bigint;
    v_members bigint;
begin
    update public.user_invitations i
    set invited_email = ddp.erased_email(i.user_invitation_id),
        ended_at = case when i.accepted_at is null then coalesce(i.ended_at, now()) else i.ended_at end
    where i.invited_email = p_address;
    get diagnostics v_users = row_count;
    update public.account_members m
    set invited_email = ddp.erased_email(m.account_member_id),
        ended_at = case when m.accepted_at is null then coalesce(m.ended_at, now()) else m.ended_at end
    where m.invited_email = p_address;
    get diagnostics v_members = row_count;
    return v_users + v_members;
end
$$;
comment on function ddp.erase_from_invitations(text) is 'Erases an address from invitations; open ones end.';

create or replace function ddp.erase_from_senders(p_address text) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_identities bigint;
    v_campaigns bigint;
    v_plans bigint;
    v_answers bigint;
begin
    update public.sender_identities i
    set identity = ddp.erased_email(i.sender_identity_id), status = 'failed', dkim_tokens = '{}'
    where i.identity = p_address;
    get diagnostics v_identities = row_count;
    update public.email_campaigns e
    set sender_email = case e.sender_email when p_address then 'erased@erased.invalid' else e.sender_email end,
        reply_to = case e.reply_to when p_address then 'erased@erased.invalid' else e.reply_to end
    where e.sender_email = p_address or e.reply_to = p_address;
    get diagnostics v_campaigns = row_count;
    update public.send_plans p set sender = 'erased@erased.invalid', sender_name = null
    where p.channel = 'email' and p.sender = p_address;
    get diagnostics v_plans = row_count;
    update public.send_plans p set reply_to = null where p.reply_to = p_address;
    get diagnostics v_answers = row_count;
    update ddp.plan_variants v set sender_name = null
    from public.send_plans p
    where p.send_plan_id = v.send_plan_id and p.sender = 'erased@erased.invalid' and v.sender_name is not null;
    return v_identities + v_campaigns + v_plans + v_answers;
end
$$;
comment on function ddp.erase_from_senders(text) is 'Erases an address as a sender''s, or as one that answers go to.';

create or replace function ddp.erase_from_answers(p_address text, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    delete from public.idempotency_keys k
    where k.ctid = any (array(
        select o.ctid from public.idempotency_keys o
        where strpos(lower(o.response::text), p_address) > 0 and ddp.holds_address(o.response::text, p_address)
        limit p_limit
    ));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.erase_from_answers(text, integer) is 'Removes stored answers that hold an address.';

create or replace function ddp.erase_from_audit(p_partition regclass, p_address text) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    execute format(
        $query$
            update %s a
            set old_values = ddp.mask_address_in(a.old_values, $1), new_values = ddp.mask_address_in(a.new_values, $1)
            where strpos(lower(a.old_values::text), $1) > 0 and ddp.holds_address(a.old_values::text, $1)
                or strpos(lower(a.new_values::text), $1) > 0 and ddp.holds_address(a.new_values::text, $1)
        $query$, p_partition
    ) using p_address;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.erase_from_audit(regclass, text) is 'Masks values of a month of the audit trail that hold an address.';

create or replace function ddp.mask_address_in(p_values jsonb, p_address text) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select jsonb_object_agg(
        v.key,
        case when ddp.holds_address(v.value::text, p_address) then '"erased"'::jsonb else v.value end
    )
    from jsonb_each(p_values) v
$$;
comment on function ddp.mask_address_in(jsonb, text) is 'The values of a row, those that hold an address replaced.';

revoke all on function
    ddp.erase_exports_of(uuid[]), ddp.erase_from_ledger(text, integer), ddp.without_recipient(jsonb, text),
    ddp.erase_from_plans(text, integer), ddp.erase_from_rejections(text, integer),
    ddp.erase_from_invitations(text), ddp.erase_from_senders(text),
    ddp.erase_from_answers(text, integer), ddp.erase_from_audit(regclass, text), ddp.mask_address_in(jsonb, text)
    from public, anon, authenticated, service_role;

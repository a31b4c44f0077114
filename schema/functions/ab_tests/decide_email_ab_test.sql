-- twin: sms (sms_variant_numbers, settle_sms_ab_test, note_tested_sms, due_sms_ab_tests, decide_due_sms_ab_test, decide_sms_ab_test)
-- requires: functions/evaluate_ab_test.sql, functions/own_email_plan.sql, functions/plan_state.sql, functions/due_chunks.sql
-- requires: functions/log_change.sql, policies/sending.sql, policies/conversions.sql, views/ddp_sendable_plans.sql
-- Which variant the rest of a plan gets. It is decided once, under the plan's lock: by the numbers, each minute, or by a person.
-- Chunks of the rest are not due before, so that no claim looks at them.

create or replace function ddp.email_variant_numbers(p_plan public.send_plans) returns jsonb
    language sql stable
    set search_path = ''
as $$
    with counted as (
        select
            s.variant, count(*) as recipients, count(s.sent_at) as sent,
            -- Who followed a link got the message, whatever was reported.
            count(*) filter (where s.delivered_at is not null or s.clicked_at is not null) as delivered,
            count(s.clicked_at) as clicked, count(s.unsubscribed_at) as unsubscribed
        from public.email_sends s
        where s.created_by_user_id = p_plan.created_by_user_id and s.email_campaign_id = p_plan.email_campaign_id
            and s.variant is not null
        group by s.variant
    ), ordered as (
        -- Recipients, not orders: one customer who orders often is one success.
        select s.variant, count(distinct s.email_send_id) as converted
        from public.conversions c
        join public.email_sends s on s.email_send_id = c.email_send_id
        where c.email_campaign_id = p_plan.email_campaign_id and c.kind <> 'refund'
        group by s.variant
    )
    select jsonb_agg(
        jsonb_build_object(
            'variant', ddp.variant_letter(v.variant), 'recipients', coalesce(c.recipients, 0), 'sent', coalesce(c.sent, 0),
            'delivered', coalesce(c.delivered, 0), 'clicked', coalesce(c.clicked, 0),
            'converted', coalesce(o.converted, 0), 'unsubscribed', coalesce(c.unsubscribed, 0)
        ) order by v.variant
    )
    from (
        select 1 as variant
        union all
        select x.variant from ddp.plan_variants x where x.send_plan_id = p_plan.send_plan_id
    ) v
    left join counted c on c.variant = v.variant
    left join ordered o on o.variant = v.variant
$$;
comment on function ddp.email_variant_numbers(public.send_plans) is
    'What became of each variant''s messages. delivered, clicked and converted are recipients; clicks are people''s.';

create or replace function ddp.settle_email_ab_test(
    p_plan public.send_plans, p_winner integer, p_decided_by uuid, p_evaluation jsonb
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_now constant timestamptz := clock_timestamp();
begin
    update public.send_plans p set winner = p_winner, rest_since = v_now where p.send_plan_id = p_plan.send_plan_id;
    update ddp.ab_tests t set decided_at = v_now, decided_by = p_decided_by, evaluation = p_evaluation
    where t.send_plan_id = p_plan.send_plan_id;
    perform ddp.open_chunks(
        array_agg(c.send_plan_id), array_agg(c.chunk_no), array_agg(greatest(first.not_before, v_now))
    )
    from ddp.send_chunks c
    cross join lateral (
        select min(s.not_before) as not_before
        from public.email_sends s
        where s.email_campaign_id = p_plan.email_campaign_id and s.chunk_no = c.chunk_no and s.status = 'pending'
    ) first
    where c.send_plan_id = p_plan.send_plan_id and c.due_at is null and first.not_before is not null
    having count(*) > 0;
end
$$;
comment on function ddp.settle_email_ab_test(public.send_plans, integer, uuid, jsonb) is
    'The rest of a (locked) plan gets this variant, from now on. p_decided_by: the person who chose; null: the numbers.';

create or replace function ddp.note_tested_email() returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.ab_tests t
    set tested_at = greatest(p.planned_at, (
        select max(c.ended_at) from ddp.send_calls c where c.send_plan_id = p.send_plan_id
    ))
    from public.send_plans p
    where p.send_plan_id = t.send_plan_id and p.channel = 'email' and t.decided_at is null and t.tested_at is null
        and p.planned_at is not null and p.cancelled_at is null and p.failed_at is null
        -- Until it is decided, only chunks and calls of the test are open.
        and not exists (select from ddp.send_chunks c where c.send_plan_id = p.send_plan_id and c.due_at is not null)
        and not exists (select from ddp.send_calls c where c.send_plan_id = p.send_plan_id and c.ended_at is null)
$$;
comment on function ddp.note_tested_email() is 'Notes of which A/B tests all messages are out, and since when.';

create or replace function ddp.due_email_ab_tests() returns table (send_plan_id uuid)
    language sql stable
    set search_path = ''
as $$
    select p.send_plan_id
    from ddp.ab_tests t
    join public.send_plans p on p.send_plan_id = t.send_plan_id
    where p.channel = 'email' and t.decided_at is null and t.asked_at is null
        and t.tested_at + t.decide_after <= clock_timestamp()
        -- While it is paused nothing is decided: the rest would become late meanwhile.
        and (
            p.completed_at is not null and p.cancelled_at is null and p.failed_at is null
            or exists (select from ddp.sendable_plans o where o.send_plan_id = p.send_plan_id)
        )
        -- A person retried messages of the test.
        and not exists (select from ddp.send_chunks c where c.send_plan_id = p.send_plan_id and c.due_at is not null)
        and not exists (select from ddp.send_calls c where c.send_plan_id = p.send_plan_id and c.ended_at is null)
    order by p.send_plan_id
$$;
comment on function ddp.due_email_ab_tests() is 'Plans whose A/B test is to be decided now, by the numbers.';

create or replace function ddp.decide_due_email_ab_test(p_send_plan_id uuid) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_plan public.send_plans;
    v_test ddp.ab_tests;
    v_evaluation jsonb;
    v_winner integer;
begin
    select p.* into v_plan from public.send_plans p where p.send_plan_id = p_send_plan_id for no key update;
    -- A statement of its own, and so with a snapshot of its own: somebody else may have decided while this one waited.
    if not exists (select from ddp.due_email_ab_tests() d where d.send_plan_id = p_send_plan_id) then
        return false;
    end if;
    select t.* into v_test from ddp.ab_tests t where t.send_plan_id = p_send_plan_id;
    v_evaluation := ddp.evaluate_ab_test(v_test.metric, ddp.email_variant_numbers(v_plan));
    v_winner := case
        when (v_evaluation ->> 'is_clear')::boolean or v_test.if_unclear = 'best' then ascii(v_evaluation ->> 'best') - 64
        when v_test.if_unclear = 'a' then 1
    end;
    if v_winner is null then
        update ddp.ab_tests t set asked_at = clock_timestamp(), evaluation = v_evaluation
        where t.send_plan_id = p_send_plan_id;
        return false;
    end if;
    perform ddp.settle_email_ab_test(v_plan, v_winner, null, v_evaluation);
    return true;
end
$$;
comment on function ddp.decide_due_email_ab_test(uuid) is
    'Decides one A/B test by its numbers, if it is due; whether it was decided. If the numbers do not tell, what the sender asked '
    'for in that case happens. A transaction of its own for each plan: it locks in the order of whoever resumes one.';

create or replace function public.decide_email_ab_test(p_email_campaign_id uuid, p_variant text) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
    v_test ddp.ab_tests;
    v_numbers jsonb;
begin
    select t.* into v_test from ddp.ab_tests t where t.send_plan_id = v_plan.send_plan_id;
    perform ddp.require(
        v_test.send_plan_id is not null, 'PT409', 'This e-mail campaign tests nothing, so there is nothing to decide.',
        '{"code": "no-ab-test"}'
    );
    v_numbers := ddp.email_variant_numbers(v_plan);
    perform ddp.require(
        exists (select from jsonb_array_elements(v_numbers) n (value) where n.value ->> 'variant' = p_variant), 'PT422',
        format('There is no variant "%s": choose one from A to %s.', left(p_variant, 10), v_numbers -> -1 ->> 'variant'),
        '{"code": "unknown-variant"}'
    );
    if v_plan.winner is null then
        perform ddp.require_open_plan(v_plan, p_may_be_complete => true);
        perform ddp.settle_email_ab_test(
            v_plan, ascii(p_variant) - 64, auth.uid(), ddp.evaluate_ab_test(v_test.metric, v_numbers)
        );
        perform ddp.log_change(
            'send_plans', v_plan.send_plan_id, '{"winner": null}', jsonb_build_object('winner', p_variant)
        );
        select p.* into v_plan from public.send_plans p where p.send_plan_id = v_plan.send_plan_id;
    end if;
    perform ddp.require(
        v_plan.winner = ascii(p_variant) - 64, 'PT409',
        format('It was decided already: the rest gets variant %s.', ddp.variant_letter(v_plan.winner)),
        jsonb_build_object('code', 'already-decided', 'winner', ddp.variant_letter(v_plan.winner))
    );
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'state', ddp.plan_state(v_plan), 'winner', p_variant,
        'chunks', ddp.first_due_chunks(v_plan.send_plan_id)
    );
end
$$;
comment on function public.decide_email_ab_test(uuid, text) is
    'A person chooses the variant that the rest of an own send gets, whatever the numbers say; at any time before it is decided. '
    'Harmless when repeated. PT409 for another variant once it is decided, or if nothing is tested.';

revoke all on function
    ddp.email_variant_numbers(public.send_plans), ddp.settle_email_ab_test(public.send_plans, integer, uuid, jsonb),
    ddp.note_tested_email(), ddp.due_email_ab_tests(), ddp.decide_due_email_ab_test(uuid),
    public.decide_email_ab_test(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.email_variant_numbers(public.send_plans), ddp.settle_email_ab_test(public.send_plans, integer, uuid, jsonb),
    ddp.note_tested_email(), ddp.due_email_ab_tests(), ddp.decide_due_email_ab_test(uuid)
    to service_role;
grant execute on function public.decide_email_ab_test(uuid, text) to authenticated;

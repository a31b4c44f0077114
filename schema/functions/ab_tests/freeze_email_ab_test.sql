-- twin: sms (freeze_sms_ab_test)
-- requires: functions/email_variants.sql, functions/sms_variants.sql

create or replace function ddp.freeze_email_ab_test(
    p_send_plan_id uuid, p_message public.email_campaigns, p_end_date timestamptz
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_test jsonb := p_message.ab_test;
    v_plan public.send_plans;
    v_decide_after interval;
begin
    if v_test is null then
        return;
    end if;
    -- The draft may have changed since the test was stored.
    v_test := ddp.checked_ab_test(v_test, ddp.email_variant_fields());
    perform ddp.check_email_variants(p_message, v_test);
    select p.* into strict v_plan from public.send_plans p where p.send_plan_id = p_send_plan_id;
    v_decide_after := make_interval(secs => (v_test ->> 'decide_after_seconds')::integer);
    perform ddp.require(
        v_test ->> 'metric' <> 'conversions' or v_plan.tracks_conversions and not v_plan.recipients_masked, 'PT422',
        case when v_plan.recipients_masked
            then 'Orders of users of the platform are not credited to messages: let the A/B test choose by clicks.'
            else 'The A/B test chooses by conversions: send with track_conversions, or let it choose by clicks.'
        end,
        '{"code": "conversions-not-tracked"}'
    );
    perform ddp.require(
        p_end_date is null or v_plan.scheduled_at + v_decide_after < p_end_date, 'PT409',
        'The campaign will have ended before the A/B test is decided: decide it sooner, or move the campaign''s end.',
        '{"code": "ab-test-after-end"}'
    );
    insert into ddp.ab_tests (send_plan_id, metric, decide_after, if_unclear)
    values (p_send_plan_id, v_test ->> 'metric', v_decide_after, v_test ->> 'if_unclear');
    perform ddp.add_email_variants(p_send_plan_id, p_message);
    update public.send_plans p set test_share = (v_test ->> 'share_percent')::smallint where p.send_plan_id = p_send_plan_id;
end
$$;
comment on function ddp.freeze_email_ab_test(uuid, public.email_campaigns, timestamptz) is
    'Freezes what an e-mail campaign tests with its plan, whose options are frozen already; nothing if it tests nothing. PT422 '
    'or PT409 for a test that cannot be decided, or no longer fits the draft.';
revoke all on function ddp.freeze_email_ab_test(uuid, public.email_campaigns, timestamptz)
    from public, anon, authenticated, service_role;

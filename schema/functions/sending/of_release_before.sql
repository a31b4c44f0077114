-- requires: functions/claim_email_sends.sql, functions/reconcile_email.sql, functions/expire_email_calls.sql
-- requires: functions/waiting_work.sql, functions/reconcile_email_tests.sql, functions/book_email_costs.sql
-- requires: functions/request_email_export.sql, functions/settle_unknown_email_sends.sql, functions/email_campaign_progress.sql
-- requires: functions/list_email_sends.sql, functions/request_test_sends.sql, functions/change_campaign.sql
-- Names that functions of the release before call while a deploy replaces them. Remove this file, with its last lines,
-- in the next release.

create or replace function ddp.claim_email_sends(p_bucket text, p_limit integer, p_lease interval)
    returns table (
        send_call_id uuid, send_plan_id uuid, email_campaign_id uuid, sender_user_id uuid, chunk_no integer,
        email_send_id uuid, attempt smallint, recipient_email varchar, recipient_name varchar, recipient_hash bytea,
        template_data jsonb
    )
    language sql volatile
    set search_path = ''
as $$
    select
        c.send_call_id, c.send_plan_id, s.email_campaign_id, c.sender_user_id, s.chunk_no, c.email_send_id, c.attempt,
        c.recipient_email, c.recipient_name, c.recipient_hash, c.template_data
    from ddp.claim_email_sends(p_limit, p_lease) c
    join public.email_sends s on s.email_send_id = c.email_send_id
    order by c.send_call_id, c.email_send_id
$$;

create or replace function ddp.start_email_calls(p_calls uuid[], p_lease interval) returns setof uuid
    language sql volatile
    set search_path = ''
as $$
    update ddp.send_calls c
    set started_at = clock_timestamp(), leased_until = clock_timestamp() + p_lease
    where c.send_call_id = any (p_calls) and c.started_at is null and c.ended_at is null
        and c.leased_until > clock_timestamp()
    returning c.send_call_id
$$;

create or replace function ddp.email_wait(p_bucket text) returns double precision
    language sql volatile
    set search_path = ''
    return ddp.send_wait('email');

create or replace function ddp.email_throttled(p_bucket text) returns void
    language sql volatile
    set search_path = ''
as $$ select ddp.note_throttling('email') $$;

create or replace function ddp.email_quota_is_stale(p_bucket text, p_after interval) returns boolean
    language sql volatile
    set search_path = ''
    return ddp.quota_is_stale('email', 'email', p_after);

create or replace function ddp.store_email_quota(p_bucket text, p_per_second double precision, p_daily_left double precision)
    returns void
    language sql volatile
    set search_path = ''
as $$ select ddp.store_quota('email', p_per_second, null, p_daily_left) $$;

create or replace function ddp.reconcile_email(p_price_per_thousand numeric) returns jsonb
    language sql volatile
    set search_path = ''
as $$
    select ddp.end_lost_email_tests();
    with reconciled as materialized (
        select ddp.expire_email_calls() || jsonb_build_object('retried', ddp.retry_silent_email()) || ddp.reconcile_email()
            as counts
    )
    select r.counts from reconciled r, ddp.book_email_costs(p_price_per_thousand)
$$;

create or replace function ddp.waiting_email_work(p_limit integer) returns jsonb
    language sql volatile
    set search_path = ''
    return ddp.waiting_work('email', p_limit) || jsonb_build_object('tests', ddp.waiting_email_tests());

create or replace function ddp.mark_email_work_queued(p_work jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.mark_work_queued(p_work);
    select ddp.mark_email_tests_queued(array(select v::uuid from jsonb_array_elements_text(p_work -> 'tests') v));
$$;

create or replace function public.request_send_export(
    p_email_campaign_id uuid, p_kind text, p_statuses text[] default '{}'
) returns public.send_exports
    language sql volatile
    set search_path = ''
    return public.request_email_export(p_email_campaign_id, p_kind, p_statuses);

create or replace function public.settle_unknown_sends(
    p_email_campaign_id uuid, p_action text, p_email_send_ids uuid[] default null
) returns jsonb
    language sql volatile
    set search_path = ''
    return public.settle_unknown_email_sends(p_email_campaign_id, p_action, p_email_send_ids);

comment on function ddp.claim_email_sends(text, integer, interval) is 'For the release before.';
comment on function ddp.start_email_calls(uuid[], interval) is 'For the release before.';
comment on function ddp.email_wait(text) is 'For the release before.';
comment on function ddp.email_throttled(text) is 'For the release before.';
comment on function ddp.email_quota_is_stale(text, interval) is 'For the release before.';
comment on function ddp.store_email_quota(text, double precision, double precision) is 'For the release before.';
comment on function ddp.reconcile_email(numeric) is 'For the release before.';
comment on function ddp.waiting_email_work(integer) is 'For the release before.';
comment on function ddp.mark_email_work_queued(jsonb) is 'For the release before.';
comment on function public.request_send_export(uuid, text, text[]) is 'For the release before.';
comment on function public.settle_unknown_sends(uuid, text, uuid[]) is 'For the release before.';
revoke all on function
    ddp.claim_email_sends(text, integer, interval), ddp.start_email_calls(uuid[], interval), ddp.email_wait(text),
    ddp.email_throttled(text), ddp.email_quota_is_stale(text, interval),
    ddp.store_email_quota(text, double precision, double precision), ddp.reconcile_email(numeric),
    ddp.waiting_email_work(integer), ddp.mark_email_work_queued(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.claim_email_sends(text, integer, interval), ddp.start_email_calls(uuid[], interval), ddp.email_wait(text),
    ddp.email_throttled(text), ddp.email_quota_is_stale(text, interval),
    ddp.store_email_quota(text, double precision, double precision), ddp.reconcile_email(numeric),
    ddp.waiting_email_work(integer), ddp.mark_email_work_queued(jsonb)
    to service_role;
revoke all on function
    public.request_send_export(uuid, text, text[]), public.settle_unknown_sends(uuid, text, uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    public.request_send_export(uuid, text, text[]), public.settle_unknown_sends(uuid, text, uuid[])
    to authenticated;

-- Functions that only other functions called.
drop function if exists
    ddp.due_email_chunks(timestamptz), ddp.lock_email_bucket(text), ddp.email_pause(public.send_plans),
    ddp.email_plan_state(public.send_plans), ddp.require_email_plan(public.send_plans, boolean),
    ddp.call_email_chunks(uuid), ddp.expire_send_calls(), ddp.retry_silent_unknowns(), ddp.complete_email_plans(numeric);

-- name: note_tested
-- Notes of which A/B tests all messages are out.
select ddp.note_tested_email();

-- name: due
-- Plans whose A/B test is to be decided now.
select d.send_plan_id from ddp.due_email_ab_tests() d;

-- name: decide_due
-- Decides the A/B test of a plan by its numbers.
select ddp.decide_due_email_ab_test(%(send_plan_id)s);

-- name: set
-- Stores what a draft tests. The function checks that the caller may, and what is tested.
select public.set_email_ab_test(%(channel_campaign_id)s, %(ab_test)s);

-- name: decide
-- A person decides. The function checks that the caller is the sender, or an administrator.
select public.decide_email_ab_test(%(channel_campaign_id)s, %(variant)s)
    || jsonb_build_object('sender', ddp.active_user_id());

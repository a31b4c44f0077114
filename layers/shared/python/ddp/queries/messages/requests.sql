-- name: send
-- Checks and freezes an e-mail; returns the id of its new plan.
select public.send_email_campaign(%(channel_campaign_id)s, %(audience)s, %(scheduled_at)s, %(options)s);

-- name: get_plan
-- What the answer says about the plan.
select send_plan_id, created_by_user_id, scheduled_at, audience ->> 'source' as source, scheduled_at <= now() as is_due
from public.send_plans where send_plan_id = %(send_plan_id)s;

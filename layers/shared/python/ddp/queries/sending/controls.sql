-- Each statement calls one function of the database, which checks that the caller may do this.

-- part: with_sender
|| jsonb_build_object('sender', ddp.active_user_id())

-- name: pause
-- Pauses a send.
select public.pause_email_campaign(%(channel_campaign_id)s);

-- name: resume
-- Resumes a paused send.
select public.resume_email_campaign(%(channel_campaign_id)s) {with_sender};

-- name: cancel
-- Cancels a send, or the next portion of a large one.
select public.cancel_email_campaign(%(channel_campaign_id)s);

-- name: retry
-- Gives failed recipients another attempt.
select public.retry_email_sends(%(channel_campaign_id)s, %(failure_codes)s) {with_sender};

-- name: settle
-- Settles unknown results by hand.
select public.settle_unknown_email_sends(%(channel_campaign_id)s, %(action)s, %(send_ids)s) {with_sender};

-- name: progress
-- The progress of a send.
select public.email_campaign_progress(%(channel_campaign_id)s);

-- Objects of pending uploads: who verifies them, and which nobody is at work on.

-- name: take
-- Gives an upload to one worker.
select ddp.take_upload(%(upload_id)s, %(etag)s, %(verdict)s, %(lease)s) as lost_leases;

-- name: renew
-- The worker is still at it.
update ddp.upload_arrivals set leased_until = clock_timestamp() + %(lease)s where upload_id = %(upload_id)s;

-- name: release
-- The worker has ended. If the upload is still pending, a message about it comes after the delay.
update ddp.upload_arrivals set leased_until = null, queued_at = clock_timestamp() + %(delay)s
where upload_id = %(upload_id)s;

-- name: forget
-- The object is gone: another one may arrive.
update ddp.upload_arrivals set etag = null, scan_verdict = null, leased_until = null
where upload_id = %(upload_id)s and etag = %(etag)s;

-- name: waiting
-- Pending uploads that nobody is at work on.
select upload_id, etag, scan_verdict as verdict from ddp.waiting_uploads(%(may_look)s, %(limit)s);

-- name: note_looked
-- Records what reconciliation has done.
select ddp.note_looked(%(looked)s, %(told)s);

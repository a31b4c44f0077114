-- What administrators see and set: how long everything is kept, and the reports of cleanups. The functions refuse everybody
-- else.

-- part: columns
r.subject, r.kept as description,
    (extract(year from r.keep) * 12 + extract(month from r.keep))::integer as months, extract(day from r.keep)::integer as days,
    (extract(year from r.least) * 12 + extract(month from r.least))::integer as least_months,
    extract(day from r.least)::integer as least_days, r.changed_at, r.changed_by as changed_by_user_id

-- name: list_settings
-- How long each subject is kept, and its floor.
select {columns} from public.retention_settings() r;

-- name: set_keep
-- Changes how long a subject is kept.
select {columns} from public.set_retention(%(subject)s, make_interval(months => %(months)s, days => %(days)s)) r;

-- name: request_cleanup
-- Asks for a cleanup, or for counts of what it would remove.
select r.* from public.request_cleanup(%(is_dry_run)s) r;

-- name: list_cleanups
-- Reports, the latest first, after the cursor (at, id).
select r.* from public.list_cleanups(%(at)s, %(id)s, %(limit)s) r;

-- name: get_cleanup
-- One report.
select r.* from public.get_cleanup(%(cleanup_run_id)s) r;

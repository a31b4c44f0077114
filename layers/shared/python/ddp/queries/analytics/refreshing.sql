-- Refreshing statistics: runs, their portions, and how fresh that makes the statistics.

-- name: begin
-- Begins a run. What is committed by then is what as_of promises if the run drains the queue.
select ddp.begin_refresh() as run_id;

-- name: take_portion
-- Takes one portion, a transaction of its own; taken is null if another refresh is at work.
select taken, is_drained from ddp.refresh_of_run(%(run_id)s);

-- name: cut_slice
-- Cuts the next slice of a recomputation in two, after it took too long.
select ddp.cut_slice() as is_cut;

-- name: take_template_sender
-- Who has waited longest to have the recipients of a template counted; nulls if nobody is due.
select template_id, user_id from ddp.take_template_sender();

-- name: count_template_sender
-- Counts them, in another transaction.
select ddp.count_template_sender(%(template_id)s, %(user_id)s);

-- name: end_run
-- Ends a run, with its error if it failed.
select ddp.end_refresh(%(run_id)s, %(error)s) as left_over;

-- name: freshness
-- Null before the first run that drained the queue.
select ddp.analytics_as_of() as as_of, extract(epoch from now() - ddp.analytics_as_of())::float8 as seconds,
    ddp.is_recomputing() as is_recomputing;

-- name: differing
-- Compares a random share of the statistics with the facts.
select ddp.differing_statistics(%(share)s) as differing;

-- name: touch_aging_scores
-- Has the next refresh derive the scores that change as time goes by.
select ddp.touch_aging_scores() as touched;

-- name: start_recompute
-- Cuts a recomputation into slices.
select ddp.start_recompute() as slices;

-- name: request_recomputation
-- For administrators: has the next refreshes derive everything again.
select r.* from public.request_recomputation() r;

-- name: recomputation
-- For administrators: the one under way, or the last one.
select r.* from public.get_recomputation() r;

-- name: waiting
-- Rows of the queue, slices left, and how many there were.
select (select count(*) from ddp.metric_changes) as changes, (select count(*) from ddp.recompute_slices) as slices,
    (select r.slices from ddp.recomputation r) as all_slices;

-- name: last_runs
-- The last five runs, the newest first.
select
    began, taken,
    case
        when error is not null then 'failed: ' || error
        when is_drained then 'nothing left'
        when ended is null then 'under way, or killed'
        else left_over || ' left'
    end as result
from ddp.refresh_runs order by run_id desc limit 5;

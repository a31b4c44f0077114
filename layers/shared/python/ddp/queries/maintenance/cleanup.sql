-- What a cleanup does in the database, portion by portion. The steps and what is old are decided in
-- schema/functions/retention.

-- name: begin_run
-- The run that comes next: one that an administrator asked for, or a new one.
select r.cleanup_run_id, r.is_dry_run from ddp.begin_cleanup() r;

-- name: steps
-- The steps in their order.
select s.step from ddp.cleanup_steps() s;

-- name: clean
-- One portion of a step, added to the report.
select c.removed, c.worked, c.is_left from ddp.clean(%(run_id)s, %(step)s, %(limit)s) c;

-- name: count_old
-- How many rows a step would remove, written to the report.
select ddp.count_old(%(run_id)s, %(step)s) as rows;

-- name: erase
-- One portion of the erasure that waited longest.
select e.rows, e.is_left from ddp.erase_portion(%(limit)s) e;

-- name: end_run
-- Closes the report.
select ddp.end_cleanup(%(run_id)s, %(is_left)s, %(error)s);

-- name: health
-- What alarms watch.
select ddp.cleanup_health() as health;

-- name: objects
-- Keys of objects that nothing refers to any more.
select o.object_key from ddp.objects_to_remove(%(limit)s) o (object_key);

-- name: objects_were_removed
-- Notes that these are deleted.
select ddp.objects_were_removed(%(keys)s);

-- name: partitioned_tables
-- The tables that have a partition for each month.
select t.name from ddp.partitioned_tables() t (name);

-- name: maintain_partitions
-- Makes the months ahead of a table, and those that rows of its default partition wait for.
select ddp.maintain_partitions_of(%(table_name)s) as made;


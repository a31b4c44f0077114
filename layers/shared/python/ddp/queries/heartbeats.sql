-- name: beat
-- Notes that a schedule's run is complete, and what it measured; what it did not measure stays.
insert into ddp.heartbeats (name, oldest_due) values (%(name)s, %(oldest_due)s)
on conflict (name) do update set at = excluded.at, oldest_due = heartbeats.oldest_due || excluded.oldest_due;

-- name: try_write
-- Whether the database takes writes.
select ddp.try_write();

-- name: health
-- What GET /health judges.
select ddp.health() as health;

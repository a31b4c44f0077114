-- name: lease
-- Takes or renews the lease on writing to the provider's list, or on reading it.
select ddp.lease_opt_out_work(%(kind)s, %(worker)s, %(lease)s) as is_held;

-- name: release
-- Ends the lease.
select ddp.end_opt_out_work(%(kind)s, %(worker)s);

-- name: take
-- Numbers that the provider has to be told about now.
select * from ddp.take_opt_outs(%(limit)s);

-- name: settle
-- Forgets numbers that the provider was told about.
select ddp.settle_opt_outs(%(done)s::uuid[], %(hashes)s::bytea[]) as given_up;

-- name: begin_pull
-- Whether the provider's list is to be read now, and from which page on.
select * from ddp.begin_opt_out_pull();

-- name: note_page
-- Stops the numbers of a page that we do not know as stopped.
select ddp.note_opt_out_page(%(phones)s::text[], %(hashes)s::bytea[], %(next_token)s) as stopped;

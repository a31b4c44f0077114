-- name: reader
-- A role that reads everything, for the queries by hand.
do $$
begin
    create role ddp_bench_reader bypassrls;
    grant pg_read_all_data to ddp_bench_reader;
    grant execute on all functions in schema ddp to ddp_bench_reader;
    grant ddp_bench_reader to ddp_api;
end
$$;

-- name: who_asks
-- Sets the caller for the rest of the transaction.
select set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true);

-- name: large_tables
-- Tables of which no list may read every row.
select relname from pg_class
where relkind in ('r', 'p', 'm') and reltuples > 5000 and relnamespace = any ('{public,ddp}'::regnamespace[]);

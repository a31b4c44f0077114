-- name: names_of
-- The names of accounts, by id.
select id, name from ddp.names_of(%(ids)s);

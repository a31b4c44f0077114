-- What an interrupted CREATE INDEX CONCURRENTLY left behind: indexes named in the text that were never finished.
-- The index of a partitioned table (relkind I) is not among them: it is invalid until its partitions' are attached.
select index.oid::regclass::text as name
from pg_catalog.pg_index as state
inner join pg_catalog.pg_class as index on index.oid = state.indexrelid
where
    not state.indisvalid
    and index.relkind = 'i'
    and %(text)s::text ~ ('\m' || index.relname || '\M')

-- name: search
-- Accounts that the caller may find, by name; reads an index, and no more than it returns.
select id, name, type from public.search_directory(%(query)s, %(type)s, %(after)s, %(limit)s);

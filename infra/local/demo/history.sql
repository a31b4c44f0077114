-- Views and downloads of the caller's files since a time, as row level security shows them to the caller.
select f.file_name, a.action_type::text, a.user_id, a.action_timestamp
from public.file_actions as a
join public.files as f on f.file_id = a.file_id
where f.created_by_user_id = auth.uid()
    and a.action_type in ('VIEW', 'DOWNLOAD')
    and a.action_timestamp >= %(since)s
order by a.action_timestamp

-- name: of_plan
-- The templates, sender and attachments of a plan.
select
    p.created_by_user_id as sender_user_id, p.subject, p.prepared_html as html, p.prepared_text as text, p.sender,
    p.sender_name, p.recipients_masked,
    (
        select coalesce(jsonb_agg(jsonb_build_object(
            'file_id', a.file_id, 'file_name', coalesce(a.file_name, f.file_name), 'file_path', f.file_path,
            'content_type', coalesce(f.content_type, 'application/octet-stream')
        ) order by a.position), '[]')
        from (
            select
                coalesce(e.value ->> 'file_id', e.value #>> '{}')::uuid as file_id, e.value ->> 'file_name' as file_name,
                e.position
            from jsonb_array_elements(p.attachments) with ordinality e (value, position)
        ) a
        left join public.files f
            on f.file_id = a.file_id and f.created_by_user_id = p.created_by_user_id and f.deleted_at is null
    ) as attachments
from public.send_plans p
where p.send_plan_id = %(send_plan_id)s

-- name: of_plan
-- The templates, sender and attachments of a plan, as one of its variants has them.
select
    p.created_by_user_id as sender_user_id, coalesce(v.subject, p.subject) as subject,
    coalesce(v.prepared_html, p.prepared_html) as html, coalesce(v.prepared_text, p.prepared_text) as text, p.sender,
    coalesce(v.sender_name, p.sender_name) as sender_name, p.reply_to, p.sender_profile, p.slots, p.recipients_masked, p.tracks_conversions,
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
left join ddp.plan_variants v on v.send_plan_id = p.send_plan_id and v.variant = %(variant)s
where p.send_plan_id = %(send_plan_id)s

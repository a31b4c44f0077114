-- transaction: none

-- Open sends with attachments: which of them use an asset that is about to end.
create index concurrently if not exists send_plans_attached_idx
    on public.send_plans (created_by_user_id)
    where attachments <> '[]' and completed_at is null and cancelled_at is null and failed_at is null;

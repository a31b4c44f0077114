-- transaction: none

-- Drafts of e-mails with attachments: which of them use an asset that is about to end.
create index concurrently if not exists email_campaigns_attached_idx
    on public.email_campaigns (created_by_user_id) where requested_at is null and attachments <> '[]';

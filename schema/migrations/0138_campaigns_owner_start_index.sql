-- transaction: none

-- An account's campaigns by when they start; those without a start come last.
create index concurrently if not exists campaigns_owner_start_idx
    on public.campaigns (created_by_user_id, coalesce(start_date, 'infinity'), campaign_id);

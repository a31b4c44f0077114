-- transaction: none

create index concurrently if not exists email_campaigns_template_id_idx
    on public.email_campaigns (template_id);

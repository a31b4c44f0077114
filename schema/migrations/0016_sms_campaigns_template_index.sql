-- transaction: none

create index concurrently if not exists sms_campaigns_template_id_idx
    on public.sms_campaigns (template_id);

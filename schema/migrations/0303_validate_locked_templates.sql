-- statement_timeout: 1h
-- Checks what was written before 0302, without keeping writers out.

alter table public.templates validate constraint templates_slots_size;
alter table public.email_campaigns validate constraint email_campaigns_slots_size;
alter table public.sms_campaigns validate constraint sms_campaigns_slots_size;
alter table public.social_posts
    validate constraint social_posts_template_id_fkey,
    validate constraint social_posts_slots_size;

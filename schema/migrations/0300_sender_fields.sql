-- What a store says of itself (users.profile_data.sender), frozen with what it sends; what a template needs of it; where
-- answers to an e-mail go.

alter table public.templates add column requires text[] not null default '{}';
alter table public.templates
    add constraint templates_requires_check check (
        cardinality(requires) <= 6
        and requires <@ '{logo_file_id,store_name,postal_address,phone,website,opening_hours}'::text[]
    ) not valid;
comment on column public.templates.requires is
    'Fields of the sender that messages made from it show: sending is refused while one is missing.';

alter table public.email_campaigns add column reply_to varchar(255);
alter table public.email_campaigns
    add constraint email_campaigns_reply_to_check check (reply_to ~ '^[^@[:space:]]+@[^@[:space:]]+$') not valid;
comment on column public.email_campaigns.reply_to is 'Where answers go. Null: to the sender''s address.';

alter table public.send_plans
    add column reply_to varchar(255),
    add column sender_profile jsonb;
comment on column public.send_plans.reply_to is 'Frozen from the e-mail campaign.';
comment on column public.send_plans.sender_profile is
    'Frozen: what the sender said of itself when sending was requested, `sender` in templates. Null: requested before there was any.';

alter table public.social_posts add column sender_profile jsonb;
comment on column public.social_posts.sender_profile is
    'Frozen: what the account''s owner said of itself when the post was scheduled. Null: not scheduled since there is such.';

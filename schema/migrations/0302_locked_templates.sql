-- Templates with slots: everything else in them is locked, and a message made from one is composed from the template and
-- the values of its slots.

alter table public.templates
    add column slots jsonb not null default '[]',
    add column is_locked boolean not null default false;
alter table public.templates
    add constraint templates_slots_size check (jsonb_typeof(slots) = 'array' and length(slots::text) <= 65536) not valid;
comment on column public.templates.slots is
    'What a message made from it fills in: [{"name", "kind": text, url, image or date, "limit", "default", "required"}, …], '
    '`slot` in the template.';
comment on column public.templates.is_locked is
    'Whether a message made from it has nothing of its own but the values of the slots.';

alter table public.email_campaigns
    add column slots jsonb,
    add column replaces_template boolean not null default false;
alter table public.email_campaigns
    add constraint email_campaigns_slots_size check (jsonb_typeof(slots) = 'object' and length(slots::text) <= 65536) not valid;
comment on column public.email_campaigns.slots is 'Values of the template''s slots, by name.';
comment on column public.email_campaigns.replaces_template is
    'Whether it has other HTML than its template, and so is not counted as a use of it. Kept by trigger.';
alter table public.sms_campaigns
    add column slots jsonb,
    add column replaces_template boolean not null default false;
alter table public.sms_campaigns
    add constraint sms_campaigns_slots_size check (jsonb_typeof(slots) = 'object' and length(slots::text) <= 65536) not valid;
comment on column public.sms_campaigns.slots is 'Values of the template''s slots, by name.';
comment on column public.sms_campaigns.replaces_template is
    'Whether it has another text than its template, and so is not counted as a use of it. Kept by trigger.';

alter table public.send_plans add column slots jsonb;
comment on column public.send_plans.slots is
    'Frozen: the values of the template''s slots, with its defaults. Null: the template has none and is not locked.';

alter table public.social_posts
    add column template_id uuid,
    add column slots jsonb,
    add column is_composed boolean not null default false;
alter table public.social_posts
    add constraint social_posts_template_id_fkey foreign key (template_id) references public.templates not valid,
    add constraint social_posts_slots_size check (jsonb_typeof(slots) = 'object' and length(slots::text) <= 65536) not valid;
comment on column public.social_posts.template_id is 'The template that the post was made from.';
comment on column public.social_posts.slots is
    'Values of the template''s slots, by name; from when it is scheduled on with the template''s defaults, frozen.';
comment on column public.social_posts.is_composed is
    'Whether text and title were composed from the locked template and its slots, and not written by a person.';

-- What a send of SMS freezes beside its text.

alter table public.sms_campaigns
    add column message_type varchar(20) not null default 'promotional',
    add column dlt_template_id varchar(50);
alter table public.sms_campaigns
    add constraint sms_campaigns_message_type_check check (message_type in ('promotional', 'transactional')) not valid;
comment on column public.sms_campaigns.message_type is
    'promotional: only with consent and within the windows; transactional: free of both, with an administrator''s leave.';
comment on column public.sms_campaigns.dlt_template_id is 'India: the id of the registered template.';

alter table public.send_plans
    add column message_type varchar(20) not null default 'promotional',
    add column dlt_template_id varchar(50),
    add column default_country varchar(2),
    add column max_parts smallint not null default 4,
    add column consent varchar(10) not null default 'required',
    add column transliterates boolean not null default false,
    add column ignores_law boolean not null default false;
alter table public.send_plans
    add constraint send_plans_message_type_check check (message_type in ('promotional', 'transactional')) not valid,
    add constraint send_plans_max_parts_check check (max_parts between 1 and 10) not valid,
    add constraint send_plans_consent_check check (consent in ('required', 'declared')) not valid;
comment on column public.send_plans.default_country is 'SMS: of numbers without a country code and a country of their own.';
comment on column public.send_plans.max_parts is 'SMS: messages of more parts are rejected.';
comment on column public.send_plans.consent is
    'SMS, promotional: required: a number without recorded consent is rejected; declared: the sender states that all agreed.';
comment on column public.send_plans.transliterates is 'SMS: characters outside the GSM alphabet are replaced where they can be.';
comment on column public.send_plans.ignores_law is
    'SMS that ignore windows: also those that a law sets, or that nobody has checked; else only customary ones.';

alter table public.senders
    add column may_send_transactional boolean not null default false;
comment on column public.senders.may_send_transactional is 'SMS: an administrator''s leave to send transactional messages.';

create table ddp.plan_origins (
    send_plan_id uuid not null references public.send_plans,
    country varchar(2) not null,
    identity varchar(20) not null,
    kind varchar(20) not null,
    bucket varchar(100) not null,
    provider_arn varchar(200),
    price_per_part numeric(14, 5) not null,
    opt_out varchar(100) not null,
    is_two_way boolean not null,
    dlt_entity_id varchar(50),
    primary key (send_plan_id, country)
);
alter table ddp.plan_origins enable row level security;
comment on table ddp.plan_origins is
    'What a plan''s SMS to a country come from and what a part of them costs, frozen when its planning begins.';
comment on column ddp.plan_origins.opt_out is 'What {{ opt_out }} says; empty: the recipient''s own link.';

create table ddp.plan_links (
    send_plan_id uuid not null references public.send_plans,
    link_no smallint not null check (link_no between 1 and 99),
    url varchar(2000) not null,
    primary key (send_plan_id, link_no)
);
alter table ddp.plan_links enable row level security;
comment on table ddp.plan_links is 'Where the short links of a plan''s SMS lead: /{link_code}/{link_no}.';

alter table public.sms_sends
    add column link_code varchar(12);
comment on column public.sms_sends.link_code is 'A random code that only this recipient gets: of the short links and the opt-out.';

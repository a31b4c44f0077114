-- A/B tests: variants of a message. A share of a plan's recipients gets one variant each; the rest waits for the one that is
-- chosen. What is tested belongs to the draft, and is frozen with the plan.

-- At most 2 MiB as JSON: it is answered whole, in one answer of Lambda (see 0095).
alter table public.email_campaigns add column ab_test jsonb;
alter table public.email_campaigns
    add constraint email_campaigns_ab_test_size check (octet_length(ab_test::text) <= 2097152) not valid;
comment on column public.email_campaigns.ab_test is
    'What is tested: {"share_percent", "decide_after_seconds", "metric", "if_unclear", "variants": [{"variant": "B", …}, …]}; '
    'variant A is the e-mail itself. Null: nothing.';
alter table public.sms_campaigns add column ab_test jsonb;
alter table public.sms_campaigns
    add constraint sms_campaigns_ab_test_size check (octet_length(ab_test::text) <= 2097152) not valid;
comment on column public.sms_campaigns.ab_test is 'What is tested, as email_campaigns.ab_test; variant A is the SMS itself.';

alter table public.send_plans
    add column test_share smallint,
    add column winner smallint,
    add column rest_since timestamptz;
alter table public.send_plans
    add constraint send_plans_test_share_check check (test_share between 1 and 99) not valid,
    add constraint send_plans_winner_check check (winner between 1 and 5) not valid,
    add constraint send_plans_rest_check check ((winner is null) = (rest_since is null)) not valid;
comment on column public.send_plans.test_share is
    'An A/B test: the percentage of recipients who get one of its variants. The others are the rest. Null: no test.';
comment on column public.send_plans.winner is 'The variant that the rest gets: 1 is A. Null: not decided, or no test.';
comment on column public.send_plans.rest_since is 'When that was decided: the rest is not due before.';

create table ddp.plan_variants (
    send_plan_id uuid not null references public.send_plans,
    variant smallint not null check (variant between 2 and 5),
    subject varchar(500),
    sender_name varchar(255),
    content text,
    text_content text,
    prepared_html text,
    prepared_text text,
    primary key (send_plan_id, variant)
);
alter table ddp.plan_variants enable row level security;
comment on table ddp.plan_variants is
    'What the variants B to E of a plan have of their own; variant A is the plan itself. Null: as variant A.';
comment on column ddp.plan_variants.text_content is 'Goes with content: null there means that it is made from the HTML.';

create table ddp.ab_tests (
    send_plan_id uuid primary key references public.send_plans,
    metric varchar(20) not null check (metric in ('clicks', 'conversions')),
    decide_after interval not null check (decide_after between interval '1 minute' and interval '72 hours'),
    if_unclear varchar(10) not null check (if_unclear in ('a', 'best', 'ask')),
    tested_at timestamptz,
    asked_at timestamptz,
    decided_at timestamptz,
    decided_by uuid,
    evaluation jsonb
);
alter table ddp.ab_tests enable row level security;
comment on table ddp.ab_tests is 'The A/B tests of plans: how the variant for the rest is chosen, and how it was.';
comment on column ddp.ab_tests.decide_after is 'How long after the last message of the test.';
comment on column ddp.ab_tests.if_unclear is
    'What happens if the difference is too little to tell: a: the rest gets A; best: the best so far; ask: a person chooses.';
comment on column ddp.ab_tests.tested_at is 'When the last message of the test was out; null: not yet.';
comment on column ddp.ab_tests.asked_at is 'Since when a person has to choose, because the difference is too little to tell.';
comment on column ddp.ab_tests.decided_by is 'Who chose; null: the numbers. No foreign key: it is history.';
comment on column ddp.ab_tests.evaluation is 'The numbers that the decision saw, and what they say: see ddp.evaluate_ab_test.';
create index ab_tests_open_idx on ddp.ab_tests (send_plan_id) where decided_at is null;

-- A send whose messages go little by little, over hours.
alter table public.send_plans add column spread_over interval;
alter table public.send_plans
    add constraint send_plans_spread_over_check check (spread_over between '1 minute' and '72 hours') not valid;
comment on column public.send_plans.spread_over is
    'The messages are spread over this time after the scheduled one, chunk by chunk; null: all are due at once.';

-- What sending cost is an expense of the campaign, booked when a plan completes.

alter table public.campaign_expenses add column send_plan_id uuid;
alter table public.campaign_expenses
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint campaign_expenses_send_plan_fkey foreign key (send_plan_id) references public.send_plans;
comment on column public.campaign_expenses.send_plan_id is 'The send that it paid for; null: entered by a person.';
-- squawk-ignore require-concurrent-index-creation
create index campaign_expenses_send_plan_idx on public.campaign_expenses (send_plan_id) where send_plan_id is not null;

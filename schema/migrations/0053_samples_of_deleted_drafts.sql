-- What was sent was sent: a sample outlives its draft, or whoever deletes drafts has no limit of samples a day.

-- squawk-ignore ban-drop-not-null
alter table public.email_test_sends alter column email_campaign_id drop not null;
-- squawk-ignore ban-drop-constraint
alter table public.email_test_sends drop constraint email_test_sends_email_campaign_id_fkey;
alter table public.email_test_sends
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint email_test_sends_email_campaign_id_fkey
    foreign key (email_campaign_id) references public.email_campaigns on delete set null;
comment on column public.email_test_sends.email_campaign_id is 'Null: the draft was deleted since.';

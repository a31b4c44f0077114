-- What an e-mail may have beside its subject and HTML.

alter table public.email_campaigns
    add column text_content text,
    add column attachments jsonb not null default '[]';
alter table public.email_campaigns
    add constraint email_campaigns_attachments_check
    check (jsonb_typeof(attachments) = 'array' and jsonb_array_length(attachments) <= 10) not valid;
comment on column public.email_campaigns.text_content is 'The text alternative; null: made from the HTML.';
comment on column public.email_campaigns.attachments is 'Ids of own files that go with every message, at most ten.';

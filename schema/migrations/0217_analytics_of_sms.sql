-- What SMS come to: clicks, failures, opt-outs, parts, money, and orders. The tables hold nothing but development data of SMS, and
-- few orders: checking and indexing takes no time.

alter table ddp.sms_campaign_stats
    add column clicked bigint not null default 0,
    add column failed bigint not null default 0,
    add column unsubscribed bigint not null default 0,
    add column parts bigint not null default 0,
    add column cost_micros bigint not null default 0,
    add column conversions bigint not null default 0,
    add column conversion_cents bigint not null default 0;
comment on column ddp.sms_campaign_stats.parts is 'Of messages that the provider accepted.';
comment on column ddp.sms_campaign_stats.cost_micros is 'Millionths of a US dollar.';

alter table public.conversions
    add column sms_campaign_id uuid,
    add column sms_send_id uuid;
alter table public.conversions
    add constraint conversions_sms_campaign_fkey foreign key (sms_campaign_id) references public.sms_campaigns not valid,
    add constraint conversions_message_check check (num_nonnulls(email_campaign_id, sms_campaign_id) <= 1) not valid,
    add constraint conversions_sms_check check (sms_send_id is null or sms_campaign_id is not null) not valid;
comment on column public.conversions.sms_campaign_id is 'The SMS whose click came last before the order, as email_campaign_id.';
comment on column public.conversions.sms_send_id is 'The message to that customer; no foreign key: it outlives the message.';
-- squawk-ignore require-concurrent-index-creation
create index conversions_sms_campaign_idx on public.conversions (sms_campaign_id) where sms_campaign_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index conversions_sms_send_idx on public.conversions (sms_send_id) where sms_send_id is not null;

alter table ddp.archived_conversions add column sms_campaign_id uuid;
alter table ddp.archived_conversions
    add constraint archived_conversions_sms_campaign_fkey
    foreign key (sms_campaign_id) references public.sms_campaigns on delete cascade not valid;
-- squawk-ignore require-concurrent-index-creation
create index archived_conversions_sms_campaign_idx on ddp.archived_conversions (sms_campaign_id);
-- squawk-ignore require-concurrent-index-creation
create unique index archived_conversions_sums_key on ddp.archived_conversions
    (retailer_id, campaign_id, email_campaign_id, sms_campaign_id, occurred_at) nulls not distinct;
-- squawk-ignore ban-drop-constraint
alter table ddp.archived_conversions drop constraint archived_conversions_retailer_id_campaign_id_email_campaign_key;

-- name: get
-- What a plan of SMS freezes beside what all plans have; its content as one of its variants has it.
select
    p.send_plan_id, coalesce(v.prepared_text, p.prepared_text) as content, p.message_type, p.dlt_template_id, p.default_country, p.max_parts, p.consent,
    p.transliterates, p.recipients_masked, p.tracks_conversions, p.sender_profile, p.slots
from ddp.frozen_plan(%(send_plan_id)s) p
left join ddp.plan_variants v on v.send_plan_id = p.send_plan_id and v.variant = %(variant)s
where p.channel = 'sms';

-- name: freeze_origins
-- What messages to each country come from and cost, decided at the first call.
select o.country, o.identity, o.kind, o.bucket, o.provider_arn, o.price_per_part, o.opt_out, o.dlt_entity_id
from ddp.freeze_plan_origins(%(send_plan_id)s, %(countries)s) o;

-- name: without_price
-- Countries with an identity, but without a price.
select c.country from ddp.countries_without_origin(%(send_plan_id)s, %(countries)s) c where c.has_identity;

-- name: store_links
-- Where the short links lead. A planner that comes again finds the same; a forecast stores none.
insert into ddp.plan_links (send_plan_id, link_no, url)
select p.send_plan_id, 10 * (%(variant)s - 1) + l.link_no, l.url
from public.send_plans p
cross join unnest(%(urls)s::text[]) with ordinality l (url, link_no)
where p.send_plan_id = %(send_plan_id)s
on conflict do nothing;

-- name: times
-- When each kind of recipients may get the message.
select t.place, t.clock_id, t.time_zone, t.not_before
from ddp.sms_times(
    %(send_plan_id)s, %(countries)s::text[], %(regions)s::text[], %(zones)s::text[], %(time_zones)s::text[]
) t;

-- name: consenting
-- Those of these numbers whose consent stands.
select h.hash from ddp.standing_consents(%(owner)s, %(hashes)b::bytea[]) h (hash);

-- name: set_max_cost
-- Sets the cap of a send. The function checks that the caller is its sender, or an administrator.
select public.set_sms_max_cost(%(sms_campaign_id)s, %(max_cost)s);

-- Rows for the benchmarks of triggers, and the statements that are measured with and without triggers.

-- name: campaigns
select array_agg(c.email_campaign_id)
from (select e.email_campaign_id from public.email_campaigns e order by e.email_campaign_id limit 10) c;

-- name: brand
select u.user_id from public.users u where u.user_type = 'brand' order by u.user_id limit 1;

-- name: products
insert into public.products (product_title, created_by_user_id, external_product_id, tags, metadata)
select 'Watch ' || n, %(brand)s, 'bench-' || n, '{a,b}', '{"colour": "blue"}'
from generate_series(1, %(rows)s) n;

-- name: plan
insert into public.email_sends (email_campaign_id, created_by_user_id, recipient_email, recipient_name)
select e.email_campaign_id, e.created_by_user_id, 'bench' || n || '@seed.example', 'Customer ' || n
from generate_series(1, %(rows)s) n
join public.email_campaigns e on e.email_campaign_id = (%(campaigns)s::uuid[])[1 + n %% 10];

-- name: planned
select array_agg(l.email_send_id)
from (select s.email_send_id from public.email_sends s where s.status = 'pending' order by s.email_send_id limit %(rows)s) l;

-- name: claim
update public.email_sends set status = 'sending' where email_send_id = any (%(chunk)s);

-- name: mark
update public.email_sends set status = 'sent', sent_at = now() where email_send_id = any (%(chunk)s);

-- name: deliver
update public.email_sends set status = 'delivered', delivered_at = now() where email_send_id = any (%(chunk)s);

-- name: without_audit
alter table public.products disable trigger user;

-- name: without_triggers
alter table public.email_sends disable trigger user;

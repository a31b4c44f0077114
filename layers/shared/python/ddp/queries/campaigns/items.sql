-- Row level security shows an item to the campaign's creator, and while it is available to participants.

-- part: item
i.item_id, i.campaign_id, i.position, i.title, i.template_id, i.file_id, i.collection_id, i.platform, i.available_from,
    i.available_until, i.due_at, i.created_at, i.updated_at

-- part: response
r.item_id, r.retailer_id, r.state, r.email_campaign_id, r.sms_campaign_id, r.post_id, r.offered_at, r.answered_at

-- name: list_items
-- The kit of a campaign in its order, with what the caller was offered of each item and answered.
select {item}, case when r.item_id is not null then to_jsonb(r) end as response
from public.campaign_items i
left join public.campaign_item_responses r on r.item_id = i.item_id and r.retailer_id = (select ddp.active_user_id())
where i.campaign_id = %(campaign_id)s
order by i.position, i.item_id;

-- name: get_item
-- One item with its post, and what the caller was offered of it and answered.
select {item}, i.post, case when r.item_id is not null then to_jsonb(r) end as response
from public.campaign_items i
left join public.campaign_item_responses r on r.item_id = i.item_id and r.retailer_id = (select ddp.active_user_id())
where i.item_id = %(item_id)s and i.campaign_id = %(campaign_id)s;

-- name: create_item
-- Adds an item at the end of the kit.
select {item}, i.post from public.create_campaign_item(%(campaign_id)s, %(item)s) i;

-- name: change_item
-- Changes title and times of an item.
select {item}, i.post from public.change_campaign_item(%(item_id)s, %(changes)s) i;

-- name: is_of_campaign
-- Whether the item is of this campaign, and visible to the caller.
select 1 as found from public.campaign_items where item_id = %(item_id)s and campaign_id = %(campaign_id)s;

-- name: remove_item
-- Removes an item; drafts that it became stay.
select public.remove_campaign_item(%(item_id)s);

-- name: order_items
-- Gives all items of a kit a new order.
select public.order_campaign_items(%(campaign_id)s, %(item_ids)s);

-- name: accept_item
-- The calling participant accepts the draft that an item became.
select {response} from public.accept_campaign_item(%(item_id)s, %(account_id)s) r;

-- name: decline_item
-- The calling participant declines it.
select {response} from public.decline_campaign_item(%(item_id)s) r;

-- name: activation
-- What participants did with each item of a kit, in its order.
select a.item_id, i.title, i.due_at, a.offered, a.accepted, a.declined, a.sent
from public.campaign_activation(%(campaign_id)s) a
join public.campaign_items i on i.item_id = a.item_id
order by i.position, i.item_id;

-- name: list_responses
-- What each participant did with an item; a participant sees only its own.
select {response}, ddp.response_is_sent(r) as is_sent
from public.campaign_item_responses r
where r.item_id = %(item_id)s
    and (%(after)s::uuid is null or r.retailer_id > %(after)s)
order by r.retailer_id
limit %(limit)s;

-- name: offer_due
-- Makes the drafts of items that have become available.
select ddp.offer_due_items(%(limit)s) as offered;

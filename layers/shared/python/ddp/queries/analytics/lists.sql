-- Lists of figures. `lists.py` joins these pieces to statements; names of tables and columns come from the lists' own
-- declarations, and whatever a caller sends is a parameter. `v` is the view or table of a list, `o` a reason's carrier,
-- whose index has the rows in the list's order.
--
-- A reason says which rows it shows, by their owner, so that an index finds them: row level security alone would look at
-- every row. The reasons of one list do not overlap. `me` is the acting account as PostgreSQL says (reports.sql, caller).

-- name: rows_of_reason
-- The rows that one reason shows, in the list's order.
(select {columns} from {source} where {conditions} {order} {limit})

-- name: own_by_creator
-- What the acting account made.
v.created_by_user_id = %(me)s::uuid

-- name: own_by_user
-- What is about the acting account.
v.user_id = %(me)s::uuid

-- name: own_by_brand
-- What belongs to the acting brand.
v.brand_id = %(me)s::uuid

-- name: own_statistics
-- What the acting account made, by the owner that its statistics have: their index carries the order.
v.counted_owner_id = %(me)s::uuid

-- name: everyones
-- Everything, for administrators; the routes refuse others.
%(my_type)s = 'admin'

-- name: files_shared
-- Live files that others share with the acting account, and that are not open to it anyway.
o.audience = %(me)s::uuid::text and o.expires_at > now()
    and v.deleted_at is null and not v.is_public
    and (not v.is_brand_asset or %(my_type)s <> 'retailer')
    and v.created_by_user_id <> %(me)s::uuid

-- name: files_public
-- Live files of others that everyone signed in sees.
v.is_public and v.deleted_at is null and v.created_by_user_id <> %(me)s::uuid

-- name: files_of_brands
-- Live brand assets, for retailers. Brands see another brand's asset only if it is shared with them.
%(my_type)s = 'retailer' and v.is_brand_asset and v.deleted_at is null and not v.is_public
    and v.created_by_user_id <> %(me)s::uuid

-- name: campaigns_joined
-- Campaigns of others in which the acting retailer takes part.
o.retailer_id = %(me)s::uuid and o.participant_state = 'accepted'
    and v.created_by_user_id <> %(me)s::uuid

-- name: sent_for_own_campaigns
-- What others send for the acting brand's campaigns.
v.campaign_owner_id = %(me)s::uuid and v.created_by_user_id <> %(me)s::uuid

-- name: products_published
-- Published products of all brands.
v.published_at <= now()

-- name: collections_public
-- Public collections of others.
v.is_public and v.created_by_user_id <> %(me)s::uuid

-- name: days_of_caller
-- The view itself shows the acting account's days; for administrators, the platform's.
%(me)s::uuid is not null

-- name: about_retailer
-- What concerns the acting retailer.
v.retailer_id = %(me)s::uuid and v.brand_id is distinct from %(me)s::uuid

-- name: scores_of_platform
-- Scores over all brands, for administrators.
v.brand_id is null and %(my_type)s = 'admin'

-- name: status_of_files
-- Live files, or those in the trash.
(v.deleted_at is null) = (%(status)s = 'live')

-- name: status_of_users
-- Active accounts, or others.
v.is_active = (%(status)s = 'active')

-- name: status_of_sends
-- What was sent, or not yet.
(v.sent_at is not null) = (%(status)s = 'sent')

-- name: status_of_sessions
-- Open sessions, or those that ended.
(v.ended_at is null) = (%(status)s = 'open')

-- name: status_of_collections
-- Public collections, or private ones.
v.is_public = (%(status)s = 'public')

-- name: status_of_posts
-- Published posts, or others.
(v.published_at is not null) = (%(status)s = 'published')

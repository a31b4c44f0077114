-- requires: functions/social_templates.sql, functions/social_texts.sql, policies/campaign_items.sql
-- requires: policies/campaign_item_responses.sql, policies/email_campaigns.sql
-- requires: policies/sms_campaigns.sql, policies/social_posts.sql, policies/social_post_media.sql, policies/campaign_participants.sql
-- Items with a time become drafts: one for each item and participant, whoever makes them. Workers make those of all participants
-- when an item becomes available, and whoever joins later gets those that were made before. Both lock the campaign first (a
-- share by whoever joins), so that nobody is left out.

create or replace function ddp.sender_for_draft(p_user_id uuid) returns text
    language sql stable
    set search_path = ''
as $$
    select coalesce(
        (
            select e.sender_email from public.email_campaigns e
            where e.created_by_user_id = p_user_id and e.requested_at is not null and ddp.may_send_from(p_user_id, e.sender_email)
            order by e.created_at desc limit 1
        ),
        (
            select case when strpos(i.identity, '@') > 0 then i.identity else 'news@' || i.identity end
            from public.sender_identities i
            where i.created_by_user_id = p_user_id and i.status = 'verified'
            order by i.created_at desc, i.sender_identity_id limit 1
        ),
        -- Nobody may send from it: the send says so, and what to do.
        'choose-a-sender@sender.invalid'
    )
$$;
comment on function ddp.sender_for_draft(uuid) is
    'The address that an account sent from last, else one that it has verified, else one that it has to change before it sends.';

create or replace function ddp.account_for_draft(p_user_id uuid, p_platform public.social_platform) returns uuid
    language sql stable
    set search_path = ''
as $$
    select a.account_id from public.social_accounts a
    where a.user_id = p_user_id and a.status = 'active' and (p_platform is null or a.platform = p_platform)
    order by a.created_at, a.account_id
    limit 1
$$;
comment on function ddp.account_for_draft(uuid, public.social_platform) is
    'The account (of this platform) that the user connected first and that is active; null: none.';

create or replace function ddp.kit_drafts(p_item_ids uuid[], p_retailer_id uuid) returns table (
    item_id uuid, campaign_id uuid, campaign_owner_id uuid, retailer_id uuid, kind text, template_id uuid, content jsonb,
    account_id uuid
)
    language sql stable
    set search_path = ''
as $$
    select
        i.item_id, i.campaign_id, i.campaign_owner_id, p.retailer_id, coalesce(t.template_type::text, 'social'), i.template_id,
        coalesce(i.post, t.template_content),
        case when coalesce(t.template_type, 'social') = 'social' then ddp.account_for_draft(p.retailer_id, i.platform) end
    from public.campaign_items i
    join public.campaign_participants p on p.campaign_id = i.campaign_id and p.participant_state = 'accepted'
    left join public.templates t on t.template_id = i.template_id
    where i.item_id = any (p_item_ids) and i.due_at > clock_timestamp() and coalesce(i.available_until, 'infinity') > clock_timestamp()
        and (p_retailer_id is null or p.retailer_id = p_retailer_id)
        and not exists (
            select from public.campaign_item_responses r where r.item_id = i.item_id and r.retailer_id = p.retailer_id
        )
$$;
comment on function ddp.kit_drafts(uuid[], uuid) is
    'The drafts that are missing of these items, of one participant or (null) of all. What a draft takes from its item is decided here '
    'and in ddp.offer_items.';

create or replace function ddp.add_kit_posts(p_posts jsonb) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into public.social_posts (
        post_id, account_id, campaign_id, template_id, post_content, title, post_type, options, is_composed
    )
    select
        p.post_id, p.account_id, p.campaign_id, p.template_id, case when not c.is_composed then p.content ->> 'text' end,
        case when not c.is_composed then left(p.content ->> 'title', 300) end,
        coalesce(p.content ->> 'post_type', case jsonb_array_length(m.media) when 0 then 'text' when 1 then 'image' else 'carousel' end),
        coalesce(p.content -> 'options', '{}'), c.is_composed
    from jsonb_to_recordset(p_posts) p (post_id uuid, account_id uuid, campaign_id uuid, template_id uuid, content jsonb)
    left join public.templates t on t.template_id = p.template_id
    cross join lateral (select coalesce(t.is_locked or ddp.has_variables(t.template_content), false) as is_composed) c
    cross join lateral (select ddp.kit_media(t, p.content) as media) m;
    insert into public.social_post_media (post_id, position, file_id, alt_text)
    select p.post_id, m.place - 1, (m.value ->> 'file_id')::uuid, m.value ->> 'alt_text'
    from jsonb_to_recordset(p_posts) p (post_id uuid, template_id uuid, content jsonb)
    left join public.templates t on t.template_id = p.template_id
    cross join jsonb_array_elements(ddp.kit_media(t, p.content)) with ordinality m (value, place);
    insert into public.social_post_parts (post_id, part_no, content)
    select p.post_id, 1, p.content ->> 'first_comment'
    from jsonb_to_recordset(p_posts) p (post_id uuid, content jsonb)
    where btrim(p.content ->> 'first_comment') <> '';
    update public.campaign_item_responses r set post_id = p.post_id
    from jsonb_to_recordset(p_posts) p (post_id uuid, item_id uuid, retailer_id uuid)
    where r.item_id = p.item_id and r.retailer_id = p.retailer_id;
end
$$;
comment on function ddp.add_kit_posts(jsonb) is
    'Makes drafts of posts, and notes them as their participants'': [{"post_id", "item_id", "retailer_id", "account_id", "campaign_id", '
    '"template_id", "content"}, …]. The text of a template that is locked or has variables is composed when the post is scheduled.';

create or replace function ddp.kit_media(p_template public.templates, p_content jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select coalesce(nullif(nullif(p_content -> 'media', 'null'), '[]'), (
        select jsonb_agg(jsonb_build_object('file_id', i.value)) from jsonb_array_elements(ddp.image_slots(p_template, null)) i
    ), '[]')
$$;
comment on function ddp.kit_media(public.templates, jsonb) is
    'The media of a kit''s post: those that it names, else the pictures that its template''s slots have by default.';

create or replace function ddp.offer_items(p_item_ids uuid[], p_retailer_id uuid) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_posts jsonb;
    v_count bigint;
begin
    with wanted as materialized (
        select d.*, gen_random_uuid() as draft_id from ddp.kit_drafts(p_item_ids, p_retailer_id) d
    ), made as (
        -- One for each item and participant, by the key. Foreign keys are checked when the statement ends.
        insert into public.campaign_item_responses (
            item_id, retailer_id, campaign_owner_id, email_campaign_id, sms_campaign_id
        )
        select
            w.item_id, w.retailer_id, w.campaign_owner_id, case w.kind when 'email' then w.draft_id end,
            case w.kind when 'sms' then w.draft_id end
        from wanted w
        order by w.item_id, w.retailer_id
        on conflict (item_id, retailer_id) do nothing
        returning item_id, retailer_id
    ), drafts as materialized (
        select w.* from wanted w join made m on m.item_id = w.item_id and m.retailer_id = w.retailer_id
    ), emails as (
        insert into public.email_campaigns (
            email_campaign_id, campaign_id, email_subject, email_content, text_content, sender_email, template_id, created_by_user_id
        )
        select
            d.draft_id, d.campaign_id, left(d.content ->> 'subject', 500), d.content ->> 'html', d.content ->> 'text',
            ddp.sender_for_draft(d.retailer_id), d.template_id, d.retailer_id
        from drafts d where d.kind = 'email'
    ), texts as (
        insert into public.sms_campaigns (
            sms_campaign_id, campaign_id, sms_content, sender_number, template_id, created_by_user_id
        )
        select d.draft_id, d.campaign_id, d.content ->> 'text', 'auto', d.template_id, d.retailer_id
        from drafts d where d.kind = 'sms'
    )
    select
        count(*),
        coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('post_id', d.draft_id)) filter (where d.account_id is not null), '[]')
    into v_count, v_posts
    from drafts d;
    perform ddp.add_kit_posts(v_posts) where v_posts <> '[]';
    return v_count;
end
$$;
comment on function ddp.offer_items(uuid[], uuid) is
    'Makes the drafts of these items that are missing, of one participant or (null) of all; harmless when repeated. Returns how many.';

create or replace function ddp.offer_due_items(p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_campaigns uuid[];
    v_items uuid[];
    v_count bigint;
begin
    v_campaigns := array(
        select c.campaign_id from public.campaigns c
        where c.campaign_status = 'active' and c.campaign_id in (
            select i.campaign_id from public.campaign_items i where i.offer_at <= clock_timestamp()
        )
        order by c.campaign_id
        limit p_limit
        for no key update
    );
    v_items := array(
        select i.item_id from public.campaign_items i
        where i.campaign_id = any (v_campaigns) and i.offer_at <= clock_timestamp()
    );
    v_count := ddp.offer_items(v_items, null);
    update public.campaign_items i set offer_at = null where i.item_id = any (v_items);
    return v_count;
end
$$;
comment on function ddp.offer_due_items(integer) is
    'Each minute: makes drafts of items that have become available, of so many active campaigns. Returns how many.';

create or replace function ddp.offer_items_on_joining(p_campaign_id uuid, p_retailer_id uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    -- The others are made for all participants when their time comes.
    select ddp.offer_items(
        array(
            select i.item_id from public.campaign_items i
            where i.campaign_id = p_campaign_id and i.due_at is not null and i.offer_at is null
        ),
        p_retailer_id
    )
$$;
comment on function ddp.offer_items_on_joining(uuid, uuid) is
    'Makes the drafts that other participants have already. The caller has locked the campaign, at least for share.';

revoke all on function
    ddp.sender_for_draft(uuid), ddp.account_for_draft(uuid, public.social_platform), ddp.kit_drafts(uuid[], uuid),
    ddp.kit_media(public.templates, jsonb), ddp.add_kit_posts(jsonb), ddp.offer_items(uuid[], uuid),
    ddp.offer_due_items(integer), ddp.offer_items_on_joining(uuid, uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sender_for_draft(uuid), ddp.account_for_draft(uuid, public.social_platform), ddp.kit_drafts(uuid[], uuid),
    ddp.kit_media(public.templates, jsonb), ddp.add_kit_posts(jsonb), ddp.offer_items(uuid[], uuid),
    ddp.offer_due_items(integer)
    to service_role;

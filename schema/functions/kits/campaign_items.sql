-- requires: functions/visible_campaign.sql, functions/visible_file.sql, functions/social_given.sql, functions/social_parts.sql
-- requires: functions/social_texts.sql, policies/campaign_items.sql
-- The brand makes the kit of its campaign. Each function locks the campaign, so that its items have one order.

create or replace function ddp.kit_post(p_post jsonb) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_media jsonb := coalesce(nullif(p_post -> 'media', 'null'), '[]');
    v_item jsonb;
    v_file public.files;
    v_type text;
begin
    perform ddp.require_keys(p_post, '{text,title,post_type,media,options,first_comment}', 'A post');
    perform ddp.require(
        jsonb_typeof(v_media) = 'array' and jsonb_array_length(v_media) <= 35, 'PT422',
        'media must be a list of at most 35 files.', '{"code": "invalid-media"}'
    );
    for v_item in select e.value from jsonb_array_elements(v_media) e (value) loop
        perform ddp.require_keys(v_item, '{file_id,alt_text}', 'A file of the media');
        perform ddp.given_text(v_item, 'alt_text', 1500);
        v_file := ddp.kit_file(ddp.given_uuid(v_item, 'file_id'));
        v_type := case when v_file.content_type like 'video/%' then 'video' else 'image' end;
    end loop;
    v_type := coalesce(ddp.given_text(p_post, 'post_type', 50), case
        when jsonb_array_length(v_media) > 1 then 'carousel'
        when jsonb_array_length(v_media) = 1 then v_type
        when p_post -> 'options' ? 'link' then 'link'
        else 'text'
    end);
    perform ddp.check_social_post(
        ddp.given_text(p_post, 'text', 63206), ddp.given_text(p_post, 'title', 300), v_type,
        coalesce(nullif(p_post -> 'options', 'null'), '{}')
    );
    perform ddp.given_text(p_post, 'first_comment', 10000);
    return jsonb_strip_nulls(p_post) || jsonb_build_object('post_type', v_type, 'media', v_media);
end
$$;
comment on function ddp.kit_post(jsonb) is 'A post as the kit stores it, with its type; PT422, PT404 or PT409 for what cannot be used.';

create or replace function ddp.kit_file(p_file_id uuid) returns public.files
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.visible_file(p_file_id);
begin
    perform ddp.require(
        v_file.deleted_at is null and v_file.is_brand_asset, 'PT409',
        'Participants would not see this file: publish it as a brand asset first.',
        jsonb_build_object('code', 'not-an-asset', 'file_id', p_file_id)
    );
    return v_file;
end
$$;
comment on function ddp.kit_file(uuid) is 'A live brand asset, which participants see; PT404, or PT409 for another file.';

create or replace function ddp.check_kit_item(p_item public.campaign_items) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_template public.templates;
begin
    perform ddp.require(
        num_nonnulls(p_item.template_id, p_item.file_id, p_item.collection_id, p_item.post) = 1, 'PT422',
        'Give exactly one of template_id, file_id, collection_id and post.', '{"code": "invalid-item"}'
    );
    perform ddp.require(
        btrim(p_item.title) <> '', 'PT422', 'Give the item a title.', '{"code": "invalid-title"}'
    );
    perform ddp.require(
        p_item.available_from is null or p_item.available_until is null or p_item.available_until > p_item.available_from,
        'PT422', 'available_until must be after available_from.', '{"code": "invalid-dates"}'
    );
    perform ddp.kit_file(p_item.file_id) where p_item.file_id is not null;
    perform ddp.require(
        p_item.collection_id is null
        or exists (
            select from public.collections c
            where c.collection_id = p_item.collection_id and c.created_by_user_id = p_item.campaign_owner_id and c.is_public
        ),
        'PT409', 'Participants would not see this collection: make it public, or choose a public collection of the campaign''s creator.',
        '{"code": "collection-not-visible"}'
    );
    select t.* into v_template from public.templates t
    where t.template_id = p_item.template_id and t.created_by_user_id = p_item.campaign_owner_id;
    perform ddp.require(
        p_item.template_id is null or v_template.template_id is not null, 'PT404', 'The campaign''s creator has no such template.',
        '{"code": "template-not-found"}'
    );
    perform ddp.check_due_item(p_item, v_template) where p_item.due_at is not null;
end
$$;
comment on function ddp.check_kit_item(public.campaign_items) is 'PT422, PT404 or PT409 for an item that cannot be used.';

create or replace function ddp.check_due_item(p_item public.campaign_items, p_template public.templates) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_item.post is not null or p_template.template_type in ('email', 'sms', 'social'), 'PT422',
        'Only a template for e-mail, SMS or posts, or a post, can have a time: nothing else becomes a draft.',
        '{"code": "invalid-due"}'
    );
    perform ddp.require(
        case p_template.template_type
            when 'email' then num_nulls(
                nullif(p_template.template_content ->> 'subject', ''), nullif(p_template.template_content ->> 'html', '')
            ) = 0
            when 'sms' then p_template.template_content ->> 'text' <> ''
            when 'social' then p_template.template_content ->> 'text' <> '' and not ddp.needs_data(p_template)
            else true
        end,
        'PT422',
        'This template makes no draft by itself: it lacks content, or is for posts, not locked, and shows more than {{ slot.… }} and '
        '{{ sender.… }}. Complete it, lock it, or give no due_at.',
        '{"code": "incomplete-template"}'
    );
    -- Workers make the drafts of all kits: a template that cannot be stored as a post must not stop them.
    perform ddp.kit_post((
        select jsonb_object_agg(c.key, c.value) from jsonb_each(p_template.template_content) c
        where c.key in ('text', 'title', 'post_type', 'media', 'options', 'first_comment')
    )) where p_template.template_type = 'social';
    perform ddp.require(
        p_item.due_at > coalesce(p_item.available_from, '-infinity')
        and p_item.due_at <= coalesce(p_item.available_until, 'infinity'), 'PT422',
        'due_at must be while the item is available.', '{"code": "invalid-dates"}'
    );
end
$$;
comment on function ddp.check_due_item(public.campaign_items, public.templates) is
    'PT422, PT404 or PT409 for an item with a time that becomes no draft. p_template: its template, or a row of nulls.';

create or replace function public.create_campaign_item(p_campaign_id uuid, p_item jsonb) returns public.campaign_items
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.lock_own_campaign(p_campaign_id);
    v_item public.campaign_items;
begin
    perform ddp.require_keys(
        p_item, '{title,template_id,file_id,collection_id,post,platform,available_from,available_until,due_at}', 'An item'
    );
    v_item.item_id := gen_random_uuid();
    v_item.campaign_id := p_campaign_id;
    v_item.campaign_owner_id := v_campaign.created_by_user_id;
    v_item.title := ddp.given_text(p_item, 'title', 255);
    v_item.template_id := ddp.given_uuid(p_item, 'template_id');
    v_item.file_id := ddp.given_uuid(p_item, 'file_id');
    v_item.collection_id := ddp.given_uuid(p_item, 'collection_id');
    v_item.post := ddp.kit_post(p_item -> 'post') where coalesce(jsonb_typeof(p_item -> 'post'), 'null') <> 'null';
    v_item.platform := ddp.kit_platform(p_item ->> 'platform');
    v_item.available_from := ddp.given_time(p_item, 'available_from');
    v_item.available_until := ddp.given_time(p_item, 'available_until');
    v_item.due_at := ddp.given_time(p_item, 'due_at');
    v_item.offer_at := case when v_item.due_at is not null then coalesce(v_item.available_from, now()) end;
    v_item.created_at := now();
    v_item.updated_at := now();
    perform ddp.check_kit_item(v_item);
    select coalesce(max(i.position) + 1, 0) into v_item.position from public.campaign_items i where i.campaign_id = p_campaign_id;
    perform ddp.require(
        (select count(*) from public.campaign_items i where i.campaign_id = p_campaign_id) < 100, 'PT409',
        'A kit has at most 100 items: remove one first.', '{"code": "too-many-items"}'
    );
    insert into public.campaign_items select v_item.*;
    return v_item;
end
$$;
comment on function public.create_campaign_item(uuid, jsonb) is
    'Adds an item at the end of a campaign''s kit: title, one of template_id, file_id, collection_id and post, platform (of a post), '
    'available_from, available_until and due_at. With due_at it becomes a draft for each participant. For the campaign''s creator and '
    'administrators. PT404, PT403, PT409, PT422.';

create or replace function ddp.kit_platform(p_platform text) returns public.social_platform
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_platform is null or p_platform = any (enum_range(null::public.social_platform)::text[]), 'PT422',
        'platform is facebook, instagram, twitter, linkedin, tiktok or youtube.', '{"code": "invalid-platform"}'
    );
    return p_platform;
end
$$;
comment on function ddp.kit_platform(text) is 'The platform of that name, or null; PT422 if it is none.';

create or replace function ddp.lock_own_item(p_item_id uuid) returns public.campaign_items
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_item public.campaign_items;
begin
    perform ddp.require_active_user();
    select i.* into v_item from public.campaign_items i where i.item_id = p_item_id;
    perform ddp.require(v_item.item_id is not null, 'PT404', 'There is no such item.', '{"code": "item-not-found"}');
    perform ddp.lock_own_campaign(v_item.campaign_id);
    select i.* into v_item from public.campaign_items i where i.item_id = p_item_id for no key update;
    perform ddp.require(v_item.item_id is not null, 'PT404', 'There is no such item.', '{"code": "item-not-found"}');
    return v_item;
end
$$;
comment on function ddp.lock_own_item(uuid) is 'An item of a campaign of the acting user, locked with its campaign; PT404 or PT403.';

create or replace function public.change_campaign_item(p_item_id uuid, p_changes jsonb) returns public.campaign_items
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_item public.campaign_items := ddp.lock_own_item(p_item_id);
    v_due_at constant timestamptz := v_item.due_at;
begin
    perform ddp.require_keys(p_changes, '{title,available_from,available_until,due_at}', 'A change');
    v_item.title := case when p_changes ? 'title' then ddp.given_text(p_changes, 'title', 255) else v_item.title end;
    v_item.available_from := case
        when p_changes ? 'available_from' then ddp.given_time(p_changes, 'available_from') else v_item.available_from
    end;
    v_item.available_until := case
        when p_changes ? 'available_until' then ddp.given_time(p_changes, 'available_until') else v_item.available_until
    end;
    v_item.due_at := case when p_changes ? 'due_at' then ddp.given_time(p_changes, 'due_at') else v_item.due_at end;
    perform ddp.check_kit_item(v_item);
    update public.campaign_items i
    set title = v_item.title, available_from = v_item.available_from, available_until = v_item.available_until,
        due_at = v_item.due_at,
        -- Drafts that were made stay. Those that were not are made at the new time.
        offer_at = case
            when v_item.due_at is null then null
            when i.offer_at is not null or v_due_at is null then coalesce(v_item.available_from, now())
        end
    where i.item_id = p_item_id
    returning i.* into v_item;
    return v_item;
end
$$;
comment on function public.change_campaign_item(uuid, jsonb) is
    'Changes title, available_from, available_until and due_at of an item; what it gives stays. Drafts that it became stay as they are. '
    'For the campaign''s creator and administrators. PT404, PT403, PT409, PT422.';

create or replace function public.remove_campaign_item(p_item_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_item constant public.campaign_items := ddp.lock_own_item(p_item_id);
begin
    delete from public.campaign_items i where i.item_id = v_item.item_id;
end
$$;
comment on function public.remove_campaign_item(uuid) is
    'Removes an item from a kit, with what participants answered; their drafts stay. For the campaign''s creator and administrators. '
    'PT404, PT403.';

create or replace function public.order_campaign_items(p_campaign_id uuid, p_item_ids uuid[]) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.lock_own_campaign(p_campaign_id);
    perform ddp.require(
        coalesce(p_item_ids @> v.ids and v.ids @> p_item_ids and cardinality(p_item_ids) = cardinality(v.ids), false), 'PT409',
        'List every item of the kit exactly once. If you did, somebody has changed the kit: read it again.', '{"code": "other-items"}'
    )
    from (select array(select i.item_id from public.campaign_items i where i.campaign_id = p_campaign_id) as ids) v;
    update public.campaign_items i set position = g.place - 1
    from unnest(p_item_ids) with ordinality g (item_id, place)
    where i.item_id = g.item_id and i.campaign_id = p_campaign_id and i.position <> g.place - 1;
end
$$;
comment on function public.order_campaign_items(uuid, uuid[]) is
    'Gives the items of a kit this order; PT409 unless all are named. For the campaign''s creator and administrators. PT404, PT403.';

revoke all on function
    ddp.kit_post(jsonb), ddp.kit_file(uuid), ddp.kit_platform(text), ddp.check_kit_item(public.campaign_items),
    ddp.check_due_item(public.campaign_items, public.templates), ddp.lock_own_item(uuid),
    public.create_campaign_item(uuid, jsonb), public.change_campaign_item(uuid, jsonb), public.remove_campaign_item(uuid),
    public.order_campaign_items(uuid, uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    public.create_campaign_item(uuid, jsonb), public.change_campaign_item(uuid, jsonb), public.remove_campaign_item(uuid),
    public.order_campaign_items(uuid, uuid[])
    to authenticated;

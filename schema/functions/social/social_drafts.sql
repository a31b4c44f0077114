-- requires: functions/social_own_posts.sql, functions/social_parts.sql, functions/social_schedule.sql
-- requires: functions/social_templates.sql
-- Making and changing posts, many at once.

create or replace function ddp.add_social_post(p_group_id uuid, p_group jsonb, p_post jsonb) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_campaign_id constant uuid := ddp.given_uuid(p_group, 'campaign_id');
    v_content constant text := ddp.given_text(p_post, 'content', 63206);
    v_title constant text := ddp.given_text(p_post, 'title', 300);
    v_type constant text := coalesce(ddp.given_text(p_post, 'post_type', 50), 'text');
    v_options constant jsonb := coalesce(nullif(p_post -> 'options', 'null'), '{}');
    v_metadata constant jsonb := coalesce(nullif(p_post -> 'metadata', 'null'), '{}');
    v_template_id constant uuid := ddp.given_uuid(p_post, 'template_id');
    v_slots constant jsonb := nullif(p_post -> 'slots', 'null');
    v_media jsonb := nullif(p_post -> 'media', 'null');
    v_template public.templates;
    -- The time of the post, else that of the group.
    v_when constant jsonb := case when p_post ?| '{when,at,local_time}' then p_post else p_group end;
    v_kind constant text := coalesce(v_when ->> 'when', case when v_when ?| '{at,local_time}' then 'at' else 'draft' end);
    v_post_id uuid;
begin
    if v_template_id is not null then
        v_template := ddp.visible_template(v_template_id);
        perform ddp.refuse_own_post(v_template, p_post);
        v_media := coalesce(nullif(v_media, '[]'), ddp.image_slots(v_template, v_slots));
    end if;
    perform ddp.check_slots(v_template, v_slots);
    perform ddp.check_social_post(case when v_template.is_locked then 'composed' else v_content end, v_title, v_type, v_options);
    perform ddp.check_json(v_metadata, 'The metadata');
    insert into public.social_posts (
        account_id, campaign_id, group_id, post_content, title, post_type, options, metadata, template_id, slots
    ) values (
        ddp.given_uuid(p_post, 'account_id'), v_campaign_id, p_group_id, v_content, v_title, v_type, v_options, v_metadata,
        v_template_id, v_slots
    )
    returning post_id into v_post_id;
    perform ddp.set_social_media(v_post_id, v_media) where v_media is not null;
    perform ddp.set_first_comment(v_post_id, ddp.given_text(p_post, 'first_comment', 10000));
    perform ddp.require(
        v_kind in ('draft', 'at', 'now'), 'PT422', '"when" must be draft, at or now.',
        '{"code": "invalid-when"}'
    );
    if v_kind = 'now' then
        perform ddp.enter_social_schedule(array[v_post_id], now(), null, null);
    elsif v_kind = 'at' then
        perform ddp.enter_social_schedule(
            array[v_post_id],
            ddp.social_instant(
                ddp.given_time(v_when, 'at'), ddp.given_local_time(v_when, 'local_time'), ddp.given_text(v_when, 'time_zone', 64)
            ),
            ddp.given_local_time(v_when, 'local_time'), ddp.given_text(v_when, 'time_zone', 64)
        );
    end if;
    return v_post_id;
end
$$;
comment on function ddp.add_social_post(uuid, jsonb, jsonb) is 'One post of create_social_posts(), which checked its account.';

create or replace function public.create_social_posts(p_group jsonb, p_posts jsonb) returns setof public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_post jsonb;
    v_group_id uuid;
    v_post_ids uuid[] := '{}';
begin
    perform ddp.require_editor();
    perform ddp.require_keys(p_group, '{campaign_id,when,at,local_time,time_zone}', 'The group');
    perform ddp.require(
        jsonb_typeof(p_posts) = 'array' and jsonb_array_length(p_posts) between 1 and 50, 'PT422',
        'Give 1 to 50 posts, one for each account.', '{"code": "invalid-posts"}'
    );
    for v_post in select e.value from jsonb_array_elements(p_posts) e (value) loop
        perform ddp.require_keys(
            v_post,
            '{account_id,content,title,post_type,media,options,first_comment,metadata,template_id,slots,when,at,local_time,time_zone}',
            'A post'
        );
        perform ddp.require(
            ddp.given_uuid(v_post, 'account_id') is not null, 'PT422', 'Each post needs its account_id.', '{"code": "invalid-posts"}'
        );
    end loop;
    perform ddp.share_own_accounts(array(select (e.value ->> 'account_id')::uuid from jsonb_array_elements(p_posts) e (value)));
    perform ddp.visible_campaign(c.id) from ddp.given_uuid(p_group, 'campaign_id') c (id) where c.id is not null;
    if jsonb_array_length(p_posts) > 1 then
        v_group_id := gen_random_uuid();
    end if;
    for v_post in select e.value from jsonb_array_elements(p_posts) with ordinality e (value, place) order by e.place loop
        v_post_ids := v_post_ids || ddp.add_social_post(v_group_id, p_group, v_post);
    end loop;
    return query
    select p.* from unnest(v_post_ids) with ordinality i (post_id, place)
    join public.social_posts p on p.post_id = i.post_id
    order by i.place;
end
$$;
comment on function public.create_social_posts(jsonb, jsonb) is
    'Creates posts for own active accounts, in the order given; two or more are a group. p_group: campaign_id, and when they go out: '
    '`when` is draft, now, or at with `at` (an instant) or local_time and time_zone. p_posts: each account_id, content, title, '
    'post_type, media (see set_social_media), options, first_comment, metadata, template_id and slots (values by name), and a time of its '
    'own if it differs. PT404 for an '
    'account, campaign or file of others, PT409 for an account that is not active, PT422.';

create or replace function public.change_social_post(p_post_id uuid, p_revision integer, p_changes jsonb)
    returns public.social_posts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_post public.social_posts;
    v_template public.templates;
begin
    perform ddp.require_editor();
    perform ddp.require_keys(
        p_changes, '{content,title,post_type,options,media,first_comment,campaign_id,metadata,slots}', 'A change'
    );
    select l.* into v_post from ddp.lock_own_posts(array[p_post_id]) l;
    perform ddp.require(
        v_post.status in ('draft', 'scheduled'), 'PT409',
        format('Only a draft, or a post that is scheduled and not yet being prepared, can be changed. This post is %s.', v_post.status),
        jsonb_build_object('code', 'wrong-status', 'post_id', p_post_id, 'status', v_post.status, 'revision', v_post.revision)
    );
    perform ddp.require(
        v_post.revision = p_revision, 'PT409', 'Somebody has changed this post since you read it: read it again, then change it.',
        jsonb_build_object('code', 'post-changed', 'post_id', p_post_id, 'revision', v_post.revision)
    );
    select t.* into v_template from public.templates t where t.template_id = v_post.template_id;
    perform ddp.refuse_own_post(v_template, p_changes);
    perform ddp.check_slots(v_template, p_changes -> 'slots');
    perform ddp.require(
        not p_changes ? 'slots' or v_post.status = 'draft' or session_user = 'ddp_api', 'PT409',
        'The slots of a scheduled post change over HTTP, where its text is composed: PATCH /social-posts/{post_id}.',
        '{"code": "locked-template"}'
    );
    if p_changes ? 'slots' then
        v_post.slots := case v_post.status
            when 'draft' then nullif(p_changes -> 'slots', 'null') else ddp.freeze_slots(v_template, p_changes -> 'slots')
        end;
    end if;
    v_post.post_content := case when p_changes ? 'content' then ddp.given_text(p_changes, 'content', 63206) else v_post.post_content end;
    v_post.title := case when p_changes ? 'title' then ddp.given_text(p_changes, 'title', 300) else v_post.title end;
    v_post.post_type := coalesce(ddp.given_text(p_changes, 'post_type', 50), v_post.post_type);
    v_post.options := coalesce(nullif(p_changes -> 'options', 'null'), v_post.options);
    v_post.metadata := coalesce(nullif(p_changes -> 'metadata', 'null'), v_post.metadata);
    v_post.campaign_id := case when p_changes ? 'campaign_id' then ddp.given_uuid(p_changes, 'campaign_id') else v_post.campaign_id end;
    v_post.is_composed := v_post.is_composed and (v_template.is_locked or not p_changes ?| '{content,title}');
    perform ddp.check_social_post(
        case when v_template.is_locked or v_post.is_composed then 'composed' else v_post.post_content end, v_post.title,
        v_post.post_type, v_post.options
    );
    perform ddp.check_json(v_post.metadata, 'The metadata');
    perform ddp.visible_campaign(v_post.campaign_id) where p_changes ? 'campaign_id' and v_post.campaign_id is not null;
    update public.social_posts p
    set post_content = v_post.post_content, title = v_post.title, post_type = v_post.post_type, options = v_post.options,
        metadata = v_post.metadata, campaign_id = v_post.campaign_id, revision = p.revision + 1, problems = '[]', slots = v_post.slots,
        is_composed = v_post.is_composed
    where p.post_id = p_post_id;
    perform ddp.set_social_media(p_post_id, p_changes -> 'media') where p_changes ? 'media';
    perform ddp.set_social_media(p_post_id, ddp.image_slots(v_template, v_post.slots))
    where p_changes ? 'slots' and not p_changes ? 'media' and v_template.is_locked;
    perform ddp.set_first_comment(p_post_id, ddp.given_text(p_changes, 'first_comment', 10000)) where p_changes ? 'first_comment';
    -- Whoever validates the text of before finds its step gone; see enter_social_schedule().
    update ddp.social_work w
    set step = case when session_user = 'ddp_api' then w.step else 'validate' end,
        due_at = case when session_user = 'ddp_api' then w.due_at else now() end,
        queued_until = null, leased_until = null, worker = null, attempts = 0
    where w.post_id = p_post_id;
    perform ddp.ask_for_posts(array[p_post_id]);
    select p.* into strict v_post from public.social_posts p where p.post_id = p_post_id;
    return v_post;
end
$$;
comment on function public.change_social_post(uuid, integer, jsonb) is
    'Changes members of an own post that is a draft or scheduled: content, title, post_type, options, media, first_comment, '
    'campaign_id, metadata, slots. p_revision is the one that was read. PT404; PT409 with the present revision if it was changed since, or '
    'is being prepared; PT422.';

revoke all on function
    ddp.add_social_post(uuid, jsonb, jsonb), public.create_social_posts(jsonb, jsonb),
    public.change_social_post(uuid, integer, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.create_social_posts(jsonb, jsonb), public.change_social_post(uuid, integer, jsonb)
    to authenticated;

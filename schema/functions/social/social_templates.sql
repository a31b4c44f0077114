-- requires: functions/social_own_posts.sql, functions/locked_templates.sql, functions/freeze_sender.sql, functions/social_parts.sql
-- requires: functions/kits_of_caller.sql
-- Posts made from templates. Text and title of a post whose template is locked are composed by the HTTP functions, from the
-- template and the values of its slots, when it is scheduled; nobody writes them.

create or replace function ddp.visible_template(p_template_id uuid) returns public.templates
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_template public.templates;
begin
    -- As the policy `read` on `templates`.
    select t.* into v_template
    from public.templates t
    where t.template_id = p_template_id and t.template_type = 'social'
        and (
            t.created_by_user_id = v_user_id
            or ddp.active_user_type() is not distinct from 'admin'
            or t.is_active and (
                t.created_by_user_id = any ((select ddp.brands_shown_to_caller())::uuid[])
                or t.template_id = any ((select ddp.kit_templates_of_caller())::uuid[])
            )
        );
    perform ddp.require(
        v_template.template_id is not null, 'PT404', 'There is no such template, or it is not for social posts.',
        '{"code": "template-not-found"}'
    );
    return v_template;
end
$$;
comment on function ddp.visible_template(uuid) is 'A template for social posts that the acting user sees; PT404.';

create or replace function ddp.slots_given(p_template_id uuid, p_slots jsonb) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_template constant public.templates := ddp.visible_template(p_template_id);
begin
    perform ddp.check_slots(v_template, p_slots);
    return jsonb_build_object(
        'slots', ddp.shown_slots(v_template, p_slots), 'values', ddp.filled_slots(v_template, p_slots)
    );
end
$$;
comment on function ddp.slots_given(uuid, jsonb) is
    'The slots of a template for social posts that the acting user sees, with these values: one by one, and as templates see them. '
    'PT404, PT422 as check_slots.';

create or replace function ddp.social_template(p_post_id uuid, p_slots jsonb default null) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_post public.social_posts;
    v_template public.templates;
begin
    select p.* into v_post from public.social_posts p
    where p.post_id = p_post_id and (p.created_by_user_id = v_user_id or ddp.active_user_type() is not distinct from 'admin');
    select t.* into v_template from public.templates t where t.template_id = v_post.template_id;
    perform ddp.check_slots(v_template, p_slots);
    return case when v_template.template_id is not null then jsonb_build_object(
        'content', v_template.template_content, 'is_locked', v_template.is_locked,
        'slots', ddp.shown_slots(v_template, coalesce(p_slots, v_post.slots)),
        'values', ddp.filled_slots(v_template, coalesce(p_slots, v_post.slots)),
        'sender', (select ddp.shown_sender(u) from public.users u where u.user_id = v_post.created_by_user_id)
    ) end;
end
$$;
comment on function ddp.social_template(uuid, jsonb) is
    'The template of an own post, with what its text is composed from, also with other values of its slots; null: it has none. PT422.';

create or replace function ddp.image_slots(p_template public.templates, p_slots jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(s.value -> 'value' order by s.position), '[]')
    from jsonb_array_elements(ddp.shown_slots(p_template, p_slots)) with ordinality s (value, position)
    where s.value ->> 'kind' = 'image' and s.value ->> 'origin' <> 'missing'
$$;
comment on function ddp.image_slots(public.templates, jsonb) is 'The ids of the files in a template''s slots for images, in their order.';

-- Options of platforms are choices and switches; some are texts, lists of words and addresses.
create or replace function ddp.refuse_own_post(p_template public.templates, p_given jsonb) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.refuse_own_content(
        not exists (
            select from jsonb_each(p_given) g
            where g.key in ('content', 'title', 'media', 'first_comment', 'metadata') and g.value not in ('null', '[]', '{}')
        )
        and not exists (
            select from jsonb_each(case jsonb_typeof(p_given -> 'options') when 'object' then p_given -> 'options' else '{}' end) o
            where jsonb_typeof(o.value) <> 'boolean' and o.value::text !~ '^"[A-Za-z_]{1,40}"$'
        ),
        'PT422'
    )
    where p_template.is_locked;
end
$$;
comment on function ddp.refuse_own_post(public.templates, jsonb) is
    'PT422 for a post or change that has content of its own, if its template is locked.';

create or replace function ddp.freeze_social_templates(p_post_ids uuid[])
    returns table (post_id uuid, slots jsonb, sender_profile jsonb)
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_post public.social_posts;
    v_template public.templates;
begin
    for v_post in select p.* from public.social_posts p where p.post_id = any (p_post_ids) order by p.post_id loop
        -- What is scheduled, failed or was missed goes out as it was frozen.
        post_id := v_post.post_id;
        slots := v_post.slots;
        sender_profile := v_post.sender_profile;
        if v_post.status not in ('draft', 'cancelled') and sender_profile is not null then
            return next;
            continue;
        end if;
        v_template := ddp.share_template(v_post.template_id);
        if v_template.is_locked then
            perform ddp.refuse_own_content(v_post.post_content is null or v_post.is_composed, 'PT409');
        end if;
        perform ddp.require(
            session_user = 'ddp_api' or not (coalesce(v_template.is_locked, false) or v_post.is_composed), 'PT409',
            'The text of this post is composed from its template when it is scheduled over HTTP: '
            'PUT /social-posts/{post_id}/schedule.', '{"code": "locked-template"}'
        );
        slots := ddp.freeze_slots(v_template, v_post.slots);
        sender_profile := ddp.freeze_sender(v_post.created_by_user_id, v_post.template_id);
        return next;
    end loop;
end
$$;
comment on function ddp.freeze_social_templates(uuid[]) is
    'What posts that are being scheduled, and are locked, say of their owner and have in their slots, to be frozen. PT409 if a template asks for more, '
    'or is locked since a post got a text of its own; PT422 for slots that it no longer has.';

create or replace function ddp.compose_social_posts(p_posts jsonb) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require(
        session_user = 'ddp_api', 'PT403', 'Only the HTTP functions compose posts.', '{"code": "forbidden"}'
    );
    perform ddp.lock_posts_in(
        array(select (e.value ->> 'post_id')::uuid from jsonb_array_elements(p_posts) e (value)),
        '{draft,scheduled,cancelled}', 'Only a post that is not yet being prepared is composed.'
    );
    update public.social_posts p
    set post_content = g.content, title = left(g.title, 300), is_composed = true
    from jsonb_to_recordset(p_posts) g (post_id uuid, content text, title text)
    cross join public.templates t
    where p.post_id = g.post_id and t.template_id = p.template_id
        and (p.is_composed or t.is_locked and p.post_content is null);
end
$$;
comment on function ddp.compose_social_posts(jsonb) is
    'For the HTTP functions: gives own posts whose template is locked, or that a kit made, the text and title that were composed from it: '
    '[{"post_id", "content", "title"}, …]. Others stay as they are.';

revoke all on function
    ddp.visible_template(uuid), ddp.slots_given(uuid, jsonb), ddp.social_template(uuid, jsonb),
    ddp.image_slots(public.templates, jsonb), ddp.refuse_own_post(public.templates, jsonb),
    ddp.freeze_social_templates(uuid[]), ddp.compose_social_posts(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.slots_given(uuid, jsonb), ddp.social_template(uuid, jsonb), ddp.compose_social_posts(jsonb)
    to authenticated;
grant execute on function ddp.image_slots(public.templates, jsonb) to service_role;

-- requires: policies/social_posts.sql, policies/social_post_parts.sql, policies/social_post_media.sql
-- requires: functions/sender_fields.sql, policies/users.sql
-- What decides what recipients see, of each kind of message, as one JSON object: its SHA-256 is what is approved, and people
-- look at it before they approve. Each takes the whole row except for what is not content, so that a column that is added
-- counts as content until somebody says otherwise. E-mails and SMS show what their sender says of itself when they are sent,
-- so that counts too; the text of a post has it already.

create or replace function ddp.content_of_template(p_template_id uuid) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object('version', t.version, 'slots', t.slots, 'is_locked', t.is_locked)
    from public.templates t where t.template_id = p_template_id
$$;
comment on function ddp.content_of_template(uuid) is
    'What of its template decides what recipients see, beside the template''s id: its content never changes, its slots may.';

create or replace function ddp.with_sender(p_content jsonb, p_sender jsonb) returns jsonb
    language sql immutable
    set search_path = ''
    -- Left out where there is nothing: so the digests of such messages are what they were before the sender counted. The logo's
    -- address may change, its image does not: the file is content.
    return p_content - 'sender' || case
        when p_sender - 'logo_url' = '{}' then '{}' else jsonb_build_object('sender', p_sender - 'logo_url')
    end;
comment on function ddp.with_sender(jsonb, jsonb) is
    'The content of a message whose sender says this of itself: `sender` in templates, and the postal address below e-mail.';

create or replace function ddp.content_sender(p_user_id uuid) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select ddp.sender_fields(u.profile_data) from public.users u where u.user_id = p_user_id
$$;
comment on function ddp.content_sender(uuid) is 'What an account says of itself now, which its e-mails and SMS would show.';

create or replace function ddp.content_of_email(p_message public.email_campaigns) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select ddp.with_sender(jsonb_strip_nulls(
        to_jsonb(p_message) - array[
            'email_campaign_id', 'campaign_id', 'created_at', 'sent_at', 'total_recipients', 'metadata', 'created_by_user_id',
            'campaign_owner_id', 'requested_at'
        ] || jsonb_build_object(
            'template', ddp.content_of_template(p_message.template_id),
            -- With their names, which recipients see.
            'attachments', (
                select jsonb_agg(jsonb_build_object('file_id', f.file_id, 'file_name', f.file_name) order by a.position)
                from jsonb_array_elements_text(p_message.attachments) with ordinality a (id, position)
                join public.files f on f.file_id::text = a.id
            )
        )
    ), ddp.content_sender(p_message.created_by_user_id))
$$;
comment on function ddp.content_of_email(public.email_campaigns) is 'What decides what recipients of an e-mail see.';

create or replace function ddp.content_of_sms(p_message public.sms_campaigns) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select ddp.with_sender(jsonb_strip_nulls(
        to_jsonb(p_message) - array[
            'sms_campaign_id', 'campaign_id', 'created_at', 'sent_at', 'total_recipients', 'metadata', 'created_by_user_id',
            'campaign_owner_id', 'requested_at'
        ] || jsonb_build_object(
            'template', ddp.content_of_template(p_message.template_id)
        )
    ), ddp.content_sender(p_message.created_by_user_id))
$$;
comment on function ddp.content_of_sms(public.sms_campaigns) is 'What decides what recipients of an SMS see.';

create or replace function ddp.content_of_post(p_post public.social_posts) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_strip_nulls(
        to_jsonb(p_post) - array[
            'post_id', 'campaign_id', 'external_post_id', 'scheduled_at', 'published_at', 'created_at', 'metadata',
            'created_by_user_id', 'campaign_owner_id', 'status', 'group_id', 'revision', 'problems', 'error_code', 'error_reason',
            'permalink', 'local_time', 'time_zone', 'deleted_on_platform_at', 'sender_profile'
        ] || jsonb_build_object(
            'template', ddp.content_of_template(p_post.template_id),
            'first_comment', (
                select t.content from public.social_post_parts t where t.post_id = p_post.post_id and t.part_no = 1
            ),
            'media', (
                select jsonb_agg(jsonb_build_object('file_id', m.file_id, 'alt_text', m.alt_text) order by m.position)
                from public.social_post_media m where m.post_id = p_post.post_id
            )
        )
    )
$$;
comment on function ddp.content_of_post(public.social_posts) is
    'What decides what people see of a post: its texts, media and settings, and the account through which it goes out.';

create or replace function ddp.content_digest(p_content jsonb) returns bytea
    language sql immutable
    set search_path = ''
    return sha256(convert_to(p_content::text, 'UTF8'));
comment on function ddp.content_digest(jsonb) is 'SHA-256 of the content of a message: see ddp.content_of_email.';

create or replace function ddp.message_contents(p_message_ids uuid[]) returns table (
    message_id uuid, campaign_id uuid, created_by_user_id uuid, email_campaign_id uuid, sms_campaign_id uuid, post_id uuid,
    is_sent boolean, content jsonb
)
    language sql stable
    set search_path = ''
as $$
    select
        e.email_campaign_id, e.campaign_id, e.created_by_user_id, e.email_campaign_id, null::uuid, null::uuid,
        e.requested_at is not null, ddp.content_of_email(e)
    from public.email_campaigns e where e.email_campaign_id = any (p_message_ids)
    union all
    select
        s.sms_campaign_id, s.campaign_id, s.created_by_user_id, null, s.sms_campaign_id, null, s.requested_at is not null,
        ddp.content_of_sms(s)
    from public.sms_campaigns s where s.sms_campaign_id = any (p_message_ids)
    union all
    select
        p.post_id, p.campaign_id, p.created_by_user_id, null, null, p.post_id,
        p.status not in ('draft', 'scheduled', 'claimed', 'preparing', 'ready', 'failed', 'missed', 'cancelled'),
        ddp.content_of_post(p)
    from public.social_posts p where p.post_id = any (p_message_ids)
$$;
comment on function ddp.message_contents(uuid[]) is
    'E-mails, SMS and posts of these ids with their content, and whether they went out (or are just about to).';

revoke all on function
    ddp.content_of_template(uuid), ddp.with_sender(jsonb, jsonb), ddp.content_sender(uuid),
    ddp.content_of_email(public.email_campaigns), ddp.content_of_sms(public.sms_campaigns),
    ddp.content_of_post(public.social_posts), ddp.content_digest(jsonb), ddp.message_contents(uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.content_of_template(uuid), ddp.with_sender(jsonb, jsonb), ddp.content_sender(uuid),
    ddp.content_of_email(public.email_campaigns), ddp.content_of_sms(public.sms_campaigns),
    ddp.content_of_post(public.social_posts), ddp.content_digest(jsonb), ddp.message_contents(uuid[])
    to service_role;

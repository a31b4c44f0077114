-- requires: functions/slots.sql, policies/templates.sql, policies/email_campaigns.sql, policies/sms_campaigns.sql
-- Messages made from a locked template have its content, and nothing of their own but the values of its slots.

create or replace function ddp.refuse_own_content(p_holds boolean, p_state text) returns void
    language plpgsql immutable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_holds, p_state,
        case p_state
            when 'PT409' then 'The template of this draft is locked now, and the draft has content of its own: make a new one from the template.'
            else 'This template is locked: fill in its slots, and leave out all other content. A message made from it has nothing '
                'else of its own, attachments included.'
        end,
        '{"code": "locked-template"}'
    );
end
$$;
comment on function ddp.refuse_own_content(boolean, text) is 'Refuses content of a message''s own, where its template is locked.';

create or replace function ddp.email_of_locked(p_message public.email_campaigns, p_template public.templates, p_state text)
    returns public.email_campaigns
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_message public.email_campaigns := p_message;
begin
    v_message.email_subject := p_template.template_content ->> 'subject';
    v_message.email_content := p_template.template_content ->> 'html';
    v_message.text_content := p_template.template_content ->> 'text';
    perform ddp.require(
        btrim(v_message.email_subject) <> '' and btrim(v_message.email_content) <> '', 'PT422',
        'This template has no subject or no HTML, and is locked: nothing can be made from it.', '{"code": "incomplete-template"}'
    );
    perform ddp.refuse_own_content(
        coalesce(nullif(p_message.email_subject, ''), v_message.email_subject) = v_message.email_subject
        and coalesce(nullif(p_message.email_content, ''), v_message.email_content) = v_message.email_content
        and coalesce(nullif(p_message.text_content, ''), v_message.text_content, '') = coalesce(v_message.text_content, '')
        and p_message.attachments = '[]',
        p_state
    );
    return v_message;
end
$$;
comment on function ddp.email_of_locked(public.email_campaigns, public.templates, text) is
    'An e-mail with the content of its locked template; refused with this state if it has other content.';

create or replace function ddp.sms_of_locked(p_message public.sms_campaigns, p_template public.templates, p_state text)
    returns public.sms_campaigns
    language plpgsql immutable
    set search_path = ''
as $$
declare
    v_message public.sms_campaigns := p_message;
begin
    v_message.sms_content := p_template.template_content ->> 'text';
    perform ddp.require(
        btrim(v_message.sms_content) <> '', 'PT422', 'This template has no text, and is locked: nothing can be made from it.',
        '{"code": "incomplete-template"}'
    );
    perform ddp.refuse_own_content(
        coalesce(nullif(p_message.sms_content, ''), v_message.sms_content) = v_message.sms_content, p_state
    );
    return v_message;
end
$$;
comment on function ddp.sms_of_locked(public.sms_campaigns, public.templates, text) is
    'An SMS with the text of its locked template; refused with this state if it has another one.';

-- SECURITY DEFINER: a template stays its messages' template when it is no longer offered.
create or replace function ddp.compose_email() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_template public.templates;
begin
    select t.* into v_template from public.templates t where t.template_id = new.template_id;
    perform ddp.check_slots(v_template, new.slots);
    if v_template.is_locked then
        new := ddp.email_of_locked(new, v_template, 'PT422');
    end if;
    new.replaces_template := coalesce(new.email_content <> v_template.template_content ->> 'html', false);
    return new;
end
$$;
comment on function ddp.compose_email() is
    'Trigger on e-mails with a template or slots: PT422 for slots that the template does not have or take, and for own content if it '
    'is locked, whose content the e-mail gets.';

create or replace function ddp.compose_sms() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_template public.templates;
begin
    select t.* into v_template from public.templates t where t.template_id = new.template_id;
    perform ddp.check_slots(v_template, new.slots);
    if v_template.is_locked then
        new := ddp.sms_of_locked(new, v_template, 'PT422');
    end if;
    new.replaces_template := coalesce(new.sms_content <> v_template.template_content ->> 'text', false);
    return new;
end
$$;
comment on function ddp.compose_sms() is 'Trigger on SMS with a template or slots, as compose_email().';

-- A template is locked, or changed, before this or after the transaction: never between.
create or replace function ddp.share_template(p_template_id uuid) returns public.templates
    language sql volatile
    set search_path = ''
as $$
    select t.* from public.templates t where t.template_id = p_template_id for share
$$;
comment on function ddp.share_template(uuid) is 'A template as it is until the transaction ends.';

create or replace function ddp.composed_email(p_message public.email_campaigns, p_template public.templates)
    returns public.email_campaigns
    language plpgsql immutable
    set search_path = ''
as $$
begin
    if p_template.is_locked then
        return ddp.email_of_locked(p_message, p_template, 'PT409');
    end if;
    return p_message;
end
$$;
comment on function ddp.composed_email(public.email_campaigns, public.templates) is
    'An e-mail as it is sent; PT409 if its template was locked since, and it has content of its own.';

create or replace function ddp.composed_sms(p_message public.sms_campaigns, p_template public.templates)
    returns public.sms_campaigns
    language plpgsql immutable
    set search_path = ''
as $$
begin
    if p_template.is_locked then
        return ddp.sms_of_locked(p_message, p_template, 'PT409');
    end if;
    return p_message;
end
$$;
comment on function ddp.composed_sms(public.sms_campaigns, public.templates) is
    'An SMS as it is sent; PT409 if its template was locked since, and it has a text of its own.';

create or replace function ddp.refuse_own_variants(p_template_id uuid, p_test jsonb, p_allowed text[]) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        not exists (select from public.templates t where t.template_id = p_template_id and t.is_locked)
        or not exists (
            select from jsonb_array_elements(p_test -> 'variants') v (value)
            cross join jsonb_object_keys(v.value) k
            where k <> 'variant' and k <> all (p_allowed)
        ),
        'PT422',
        'The template of this draft is locked: its variants have no content of their own. Test something else, or nothing.',
        '{"code": "locked-template"}'
    );
end
$$;
comment on function ddp.refuse_own_variants(uuid, jsonb, text[]) is
    'PT422 for an A/B test whose variants have other fields of their own than these, where the template is locked.';

revoke all on function
    ddp.refuse_own_content(boolean, text), ddp.email_of_locked(public.email_campaigns, public.templates, text),
    ddp.sms_of_locked(public.sms_campaigns, public.templates, text), ddp.compose_email(), ddp.compose_sms(),
    ddp.share_template(uuid), ddp.composed_email(public.email_campaigns, public.templates),
    ddp.composed_sms(public.sms_campaigns, public.templates), ddp.refuse_own_variants(uuid, jsonb, text[])
    from public, anon, authenticated, service_role;

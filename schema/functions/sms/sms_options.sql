-- requires: functions/send_options.sql, functions/active_user.sql, policies/senders.sql
-- What only a send of SMS has: its text, and its own options.

create or replace function ddp.check_sms_content(p_message public.sms_campaigns) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- A template is longer than its messages; those have at most 1,600 characters each, which planning sees to.
    perform ddp.require(
        btrim(p_message.sms_content) <> '' and octet_length(p_message.sms_content) <= 8192, 'PT422',
        'An SMS needs a text; with its template language it has at most 8 KiB.', '{"code": "incomplete-message"}'
    );
end
$$;
comment on function ddp.check_sms_content(public.sms_campaigns) is 'PT422 for an SMS without text, or with too long a template.';

create or replace function ddp.check_sms_options(p_options jsonb, p_scheduled_at timestamptz) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.check_send_options(p_options, p_scheduled_at, array[
        'default_country', 'max_cost', 'max_parts', 'consent', 'transliterate', 'ignore_windows'
    ]);
    perform ddp.send_option(
        p_options, 'default_country', 'string', p_options ->> 'default_country' ~ '^[A-Z]{2}$',
        'default_country is a country''s code of two capital letters, such as GB.'
    );
    perform ddp.send_option(
        p_options, 'max_cost', 'number',
        p_options ->> 'max_cost' ~ '^[0-9]{1,8}([.][0-9]{1,5})?$' and (p_options ->> 'max_cost')::numeric > 0,
        'max_cost is an amount of US dollars above 0, with at most five decimals, such as 25.5.'
    );
    perform ddp.send_option(
        p_options, 'max_parts', 'number', ddp.seconds_between(p_options ->> 'max_parts', 1, 10),
        'max_parts is a whole number from 1 to 10.'
    );
    perform ddp.send_option(
        p_options, 'consent', 'string', p_options ->> 'consent' in ('required', 'declared'),
        'consent is "required" (numbers without recorded consent are rejected) or "declared" (you state that all agreed).'
    );
    perform ddp.send_option(p_options, 'transliterate', 'boolean', true, 'transliterate is true or false.');
    perform ddp.send_option(p_options, 'ignore_windows', 'boolean', true, 'ignore_windows is true or false.');
end
$$;
comment on function ddp.check_sms_options(jsonb, timestamptz) is
    'PT422, naming the option, for the first one that is unknown or wrong.';

create or replace function ddp.require_sms_sender(p_message public.sms_campaigns) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_sender public.senders;
begin
    select s.* into v_sender from public.senders s where s.user_id = p_message.created_by_user_id and s.channel = 'sms';
    perform ddp.require(
        coalesce(v_sender.monthly_budget, 0) > 0, 'PT409',
        'Your account has no SMS budget yet: ask an administrator to set a monthly one.', '{"code": "no-sms-budget"}'
    );
    perform ddp.require(
        p_message.message_type = 'promotional' or v_sender.may_send_transactional, 'PT403',
        'Transactional SMS need an administrator''s leave: ask for it, or send this one as promotional.',
        '{"code": "transactional-not-allowed"}'
    );
end
$$;
comment on function ddp.require_sms_sender(public.sms_campaigns) is
    'PT409 without a monthly budget; PT403 for a transactional message without leave.';
revoke all on function
    ddp.check_sms_content(public.sms_campaigns), ddp.check_sms_options(jsonb, timestamptz),
    ddp.require_sms_sender(public.sms_campaigns)
    from public, anon, authenticated, service_role;

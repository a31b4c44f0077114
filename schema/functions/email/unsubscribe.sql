-- requires: functions/suppress_addresses.sql, policies/email_sends.sql, policies/email_campaigns.sql
-- What a recipient does with the link in a message. The link names the message and nothing else: who sent it, and to
-- whom, is looked up here. These trust their arguments, because the caller has verified the link's token
-- (ddp.unsubscribe in Python); they are for workers only.

create or replace function ddp.subscription(p_email_send_id uuid)
    returns table (
        sender_name text, left_sender boolean, left_everything boolean, may_return_to_sender boolean,
        may_return_to_everything boolean, is_barred boolean
    )
    language sql stable
    set search_path = ''
as $$
    select
        coalesce(nullif(btrim(c.sender_name), ''), u.user_name),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is not null), false),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is null), false),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is not null and x.email_send_id = s.email_send_id), false),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is null and x.email_send_id = s.email_send_id), false),
        coalesce(bool_or(x.reason <> 'unsubscribe'), false)
    from public.email_sends s
    join public.email_campaigns c on c.email_campaign_id = s.email_campaign_id
    join public.users u on u.user_id = s.created_by_user_id
    left join public.suppressions x on x.address_hash = s.recipient_hash and x.channel = 'email'
        and (x.owner_user_id is null or x.owner_user_id = s.created_by_user_id)
    where s.email_send_id = p_email_send_id and s.recipient_hash is not null
    group by s.email_send_id, c.email_campaign_id, u.user_id
$$;
comment on function ddp.subscription(uuid) is
    'What a recipient is shown: who sent the message, whether the recipient unsubscribed from this sender and from '
    'everything, which of these this message''s link did and may undo, and whether the address is suppressed for a reason '
    'that the recipient cannot lift here. No row: there is no such message.';

create or replace function ddp.unsubscribe(p_email_send_id uuid, p_everything boolean) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.email_sends s set unsubscribed_at = now()
    where s.email_send_id = p_email_send_id and s.recipient_hash is not null and s.unsubscribed_at is null;
    select ddp.suppress_addresses(
        'email', array[s.recipient_hash], array[case when not p_everything then s.created_by_user_id end],
        array['unsubscribe']::public.suppression_reason[], array[s.email_send_id]
    )
    from public.email_sends s where s.email_send_id = p_email_send_id;
$$;
comment on function ddp.unsubscribe(uuid, boolean) is
    'Unsubscribes the recipient of a message from its sender, or from everything. Harmless when repeated.';

create or replace function ddp.resubscribe(p_email_send_id uuid, p_everything boolean) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Only what this link did: whoever reads another link of the recipient must not lift what this one said.
    delete from public.suppressions x
    using public.email_sends s
    where s.email_send_id = p_email_send_id
        and x.address_hash = s.recipient_hash and x.channel = 'email' and x.reason = 'unsubscribe'
        and x.email_send_id = s.email_send_id
        and x.owner_user_id is not distinct from case when not p_everything then s.created_by_user_id end;
    update public.email_sends s set unsubscribed_at = null
    where s.email_send_id = p_email_send_id and s.unsubscribed_at is not null
        and not exists (
            select from public.suppressions x
            where x.address_hash = s.recipient_hash and x.channel = 'email' and x.reason = 'unsubscribe'
                and (x.owner_user_id is null or x.owner_user_id = s.created_by_user_id)
        );
$$;
comment on function ddp.resubscribe(uuid, boolean) is
    'Undoes an unsubscription of the same scope, if it was made by the link in this message.';

-- The release before calls these while a deploy replaces it; the release after this one drops them.
create or replace function ddp.subscription(p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid)
    returns table (sender_name text, left_sender boolean, left_everything boolean, is_barred boolean)
    language sql stable
    set search_path = ''
as $$
    select s.sender_name, s.left_sender, s.left_everything, s.is_barred from ddp.subscription(p_email_send_id) s
$$;
comment on function ddp.subscription(uuid, bytea, uuid) is 'As ddp.subscription(uuid); for the release before.';

create or replace function ddp.unsubscribe(
    p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid, p_everything boolean
) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.unsubscribe(p_email_send_id, p_everything)
$$;
comment on function ddp.unsubscribe(uuid, bytea, uuid, boolean) is
    'As ddp.unsubscribe(uuid, boolean); for the release before.';

create or replace function ddp.resubscribe(
    p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid, p_everything boolean
) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.resubscribe(p_email_send_id, p_everything)
$$;
comment on function ddp.resubscribe(uuid, bytea, uuid, boolean) is
    'As ddp.resubscribe(uuid, boolean); for the release before.';

revoke all on function
    ddp.subscription(uuid), ddp.unsubscribe(uuid, boolean), ddp.resubscribe(uuid, boolean),
    ddp.subscription(uuid, bytea, uuid), ddp.unsubscribe(uuid, bytea, uuid, boolean),
    ddp.resubscribe(uuid, bytea, uuid, boolean)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.subscription(uuid), ddp.unsubscribe(uuid, boolean), ddp.resubscribe(uuid, boolean),
    ddp.subscription(uuid, bytea, uuid), ddp.unsubscribe(uuid, bytea, uuid, boolean),
    ddp.resubscribe(uuid, bytea, uuid, boolean)
    to service_role;

-- requires: functions/suppress_addresses.sql, policies/email_sends.sql
-- What a recipient does with the link in a message. These trust their arguments, because the caller has verified the
-- link's token (ddp.unsubscribe in Python); they are for workers only.

create or replace function ddp.subscription(p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid)
    returns table (sender_name text, left_sender boolean, left_everything boolean, is_barred boolean)
    language sql stable
    set search_path = ''
as $$
    select
        coalesce(
            (
                select nullif(btrim(c.sender_name), '')
                from public.email_sends s
                join public.email_campaigns c on c.email_campaign_id = s.email_campaign_id
                where s.email_send_id = p_email_send_id and s.created_by_user_id = p_owner_user_id
            ),
            u.user_name
        ),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is not null), false),
        coalesce(bool_or(x.reason = 'unsubscribe' and x.owner_user_id is null), false),
        coalesce(bool_or(x.reason <> 'unsubscribe'), false)
    from public.users u
    left join public.suppressions x on x.address_hash = p_recipient_hash and x.channel = 'email'
        and (x.owner_user_id is null or x.owner_user_id = u.user_id)
    where u.user_id = p_owner_user_id
    group by u.user_id
$$;
comment on function ddp.subscription(uuid, bytea, uuid) is
    'What a recipient is shown: who sent the message, whether the recipient unsubscribed from this sender and from '
    'everything, and whether the address is suppressed for a reason that the recipient cannot lift here.';

create or replace function ddp.unsubscribe(
    p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid, p_everything boolean
) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.email_sends s set unsubscribed_at = now()
    where s.email_send_id = p_email_send_id and s.created_by_user_id = p_owner_user_id
        and s.recipient_hash = p_recipient_hash and s.unsubscribed_at is null;
    select ddp.suppress_addresses(
        'email', array[p_recipient_hash], array[case when not p_everything then p_owner_user_id end],
        array['unsubscribe']::public.suppression_reason[], array[p_email_send_id]
    )
    from public.users u where u.user_id = p_owner_user_id;
$$;
comment on function ddp.unsubscribe(uuid, bytea, uuid, boolean) is
    'Unsubscribes the recipient of a message from its sender, or from everything. Harmless when repeated.';

create or replace function ddp.resubscribe(
    p_owner_user_id uuid, p_recipient_hash bytea, p_email_send_id uuid, p_everything boolean
) returns void
    language sql volatile
    set search_path = ''
as $$
    delete from public.suppressions x
    where x.address_hash = p_recipient_hash and x.channel = 'email' and x.reason = 'unsubscribe'
        and x.owner_user_id is not distinct from case when not p_everything then p_owner_user_id end;
    update public.email_sends s set unsubscribed_at = null
    where s.email_send_id = p_email_send_id and s.created_by_user_id = p_owner_user_id
        and s.recipient_hash = p_recipient_hash and s.unsubscribed_at is not null
        and not exists (
            select from public.suppressions x
            where x.address_hash = p_recipient_hash and x.channel = 'email' and x.reason = 'unsubscribe'
                and (x.owner_user_id is null or x.owner_user_id = p_owner_user_id)
        );
$$;
comment on function ddp.resubscribe(uuid, bytea, uuid, boolean) is
    'Undoes an unsubscription of the same scope; other reasons for which an address is suppressed stay.';
revoke all on function
    ddp.subscription(uuid, bytea, uuid), ddp.unsubscribe(uuid, bytea, uuid, boolean),
    ddp.resubscribe(uuid, bytea, uuid, boolean)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.subscription(uuid, bytea, uuid), ddp.unsubscribe(uuid, bytea, uuid, boolean),
    ddp.resubscribe(uuid, bytea, uuid, boolean)
    to service_role;

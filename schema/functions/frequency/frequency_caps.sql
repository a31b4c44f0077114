-- requires: functions/set_sender.sql, functions/find_users.sql, functions/log_change.sql, policies/sending.sql
-- Frequency caps: set by senders for their own messages, and by administrators for any sender and for the whole platform.
-- Workers look at them when a call starts, so a change holds from the next call on.

create or replace function ddp.whole_platform() returns uuid
    language sql immutable
    set search_path = ''
    return 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid;
comment on function ddp.whole_platform() is
    'The owner of a cap that counts the messages of all senders together. Its rows come last in the order of owners.';

create or replace function ddp.put_frequency_cap(
    p_owner_id uuid, p_channel public.message_channel, p_messages integer, p_days integer
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_old jsonb;
    v_new jsonb;
begin
    perform ddp.require(p_channel is not null, 'PT422', 'Name the channel.', '{"code": "invalid-frequency-cap"}');
    perform ddp.require(
        p_messages is null and p_days is null or coalesce(p_messages between 1 and 100 and p_days between 1 and 90, false),
        'PT422', 'A frequency cap is 1 to 100 messages in 1 to 90 days.', '{"code": "invalid-frequency-cap"}'
    );
    select jsonb_build_object('channel', c.channel, 'messages', c.messages, 'days', c.days) into v_old
    from ddp.frequency_caps c where c.channel = p_channel and c.owner_id = p_owner_id
    for update;
    if p_messages is null then
        delete from ddp.frequency_caps c where c.channel = p_channel and c.owner_id = p_owner_id;
    else
        v_new := jsonb_build_object('channel', p_channel, 'messages', p_messages, 'days', p_days);
        insert into ddp.frequency_caps as c (channel, owner_id, messages, days)
        values (p_channel, p_owner_id, p_messages, p_days)
        on conflict (channel, owner_id) do update
        set messages = excluded.messages, days = excluded.days, set_at = now()
        where (c.messages, c.days) is distinct from (excluded.messages, excluded.days);
    end if;
    if v_old is distinct from v_new then
        perform ddp.log_change('frequency_caps', p_owner_id, v_old, v_new);
    end if;
end
$$;
comment on function ddp.put_frequency_cap(uuid, public.message_channel, integer, integer) is
    'Sets a cap, or takes it off (both numbers null). PT422 for a cap that is out of bounds. Asks nobody.';

create or replace function public.set_frequency_cap(
    p_user_id uuid, p_channel public.message_channel, p_messages integer, p_days integer
) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    if coalesce(p_user_id = ddp.active_user_id(), true) then
        p_user_id := ddp.require_owner();
    else
        perform ddp.require_admin_and_user(p_user_id);
    end if;
    perform ddp.put_frequency_cap(p_user_id, p_channel, p_messages, p_days);
end
$$;
comment on function public.set_frequency_cap(uuid, public.message_channel, integer, integer) is
    'A recipient gets at most so many messages of a sender in so many days, over all of its campaigns; both null: no cap. '
    'Messages count from when the cap was first set. Transactional SMS and test sends neither count nor are held back. The '
    'user null: the acting account. For its owners; for administrators of any sender.';

create or replace function public.set_platform_frequency_cap(
    p_channel public.message_channel, p_messages integer, p_days integer
) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_admin();
    perform ddp.put_frequency_cap(ddp.whole_platform(), p_channel, p_messages, p_days);
end
$$;
comment on function public.set_platform_frequency_cap(public.message_channel, integer, integer) is
    'The same for the messages of all senders together. For administrators.';

create or replace function public.frequency_cap(p_user_id uuid, p_channel public.message_channel)
    returns table (messages smallint, days smallint, set_at timestamptz)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
begin
    return query
    select c.messages, c.days, c.set_at
    from public.users u
    left join ddp.frequency_caps c on c.channel = p_channel and c.owner_id = u.user_id
    where u.user_id = coalesce(p_user_id, v_user_id) and (u.user_id = v_user_id or v_is_admin);
end
$$;
comment on function public.frequency_cap(uuid, public.message_channel) is
    'The frequency cap of a sender (null: of the acting account); nulls: none. For the sender and administrators; for others '
    'no row.';

create or replace function public.platform_frequency_cap(p_channel public.message_channel)
    returns table (messages smallint, days smallint, set_at timestamptz)
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    -- Others would learn from it what a message that was held back says about the messages of other senders.
    perform ddp.require_admin();
    return query
    select c.messages, c.days, c.set_at
    from (select ddp.whole_platform() as owner_id) p
    left join ddp.frequency_caps c on c.channel = p_channel and c.owner_id = p.owner_id;
end
$$;
comment on function public.platform_frequency_cap(public.message_channel) is
    'The frequency cap of all senders together; nulls: none. For administrators.';

revoke all on function
    ddp.whole_platform(), ddp.put_frequency_cap(uuid, public.message_channel, integer, integer),
    public.set_frequency_cap(uuid, public.message_channel, integer, integer),
    public.set_platform_frequency_cap(public.message_channel, integer, integer),
    public.frequency_cap(uuid, public.message_channel), public.platform_frequency_cap(public.message_channel)
    from public, anon, authenticated, service_role;
grant execute on function
    public.set_frequency_cap(uuid, public.message_channel, integer, integer),
    public.set_platform_frequency_cap(public.message_channel, integer, integer),
    public.frequency_cap(uuid, public.message_channel), public.platform_frequency_cap(public.message_channel)
    to authenticated;
grant execute on function ddp.whole_platform() to service_role;

-- How well a sender's messages are received, per hour. From this, a sender is paused before the provider pauses the
-- account.

drop function if exists ddp.note_sender_outcomes(public.message_channel, uuid[], integer[], integer[], integer[]);
create or replace function ddp.note_sender_outcomes(
    p_channel public.message_channel, p_senders uuid[], p_accepted integer[], p_hard_bounced integer[],
    p_complained integer[], p_opted_out integer[] default null
) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.sender_hours as h (user_id, channel, hour, accepted, hard_bounced, complained, opted_out)
    select
        g.sender, p_channel, date_trunc('hour', clock_timestamp() at time zone 'UTC') at time zone 'UTC',
        coalesce(g.accepted, 0), coalesce(g.hard_bounced, 0), coalesce(g.complained, 0),
        coalesce(g.opted_out, 0)
    from unnest(p_senders, p_accepted, p_hard_bounced, p_complained, p_opted_out)
        g (sender, accepted, hard_bounced, complained, opted_out)
    order by g.sender
    on conflict (user_id, channel, hour) do update set
        accepted = h.accepted + excluded.accepted,
        hard_bounced = h.hard_bounced + excluded.hard_bounced,
        complained = h.complained + excluded.complained,
        opted_out = h.opted_out + excluded.opted_out
$$;
comment on function ddp.note_sender_outcomes(
    public.message_channel, uuid[], integer[], integer[], integer[], integer[]
) is
    'Adds to senders'' outcomes of the current hour. Parallel arrays; a null count is 0.';
revoke all on function ddp.note_sender_outcomes(
    public.message_channel, uuid[], integer[], integer[], integer[], integer[]
)
    from public, anon, authenticated, service_role;
grant execute on function ddp.note_sender_outcomes(
    public.message_channel, uuid[], integer[], integer[], integer[], integer[]
)
    to service_role;

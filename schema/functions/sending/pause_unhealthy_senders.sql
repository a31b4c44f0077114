-- requires: functions/note_sender_outcomes.sql, policies/senders.sql, policies/sending.sql
-- Amazon SES reviews an account at 5 % bounces or 0.1 % complaints and pauses it, with all its senders, at 10 % or 0.5 %.
-- So a sender is paused at the rates that would bring the account under review, once there are enough messages for a
-- rate to mean something: 200 for bounces (10 of them); 1,000 for complaints, and never for a single one. Below 1,000
-- messages, complaints pause a sender at the rate that would pause the account.
-- Carriers publish no such rates for SMS: 3 % opt-outs, or 1 % filtered as spam, of at least 200.

create or replace function ddp.judged_senders() returns table (
        user_id uuid, channel public.message_channel, accepted bigint, bad bigint, code text
    )
    language sql stable
    set search_path = ''
as $$
    with day as (
        select
            h.user_id, h.channel, sum(h.accepted) as accepted, sum(h.hard_bounced) as bounced,
            sum(h.complained) as complained, sum(h.opted_out) as opted_out
        from ddp.sender_hours h
        left join public.senders s on s.user_id = h.user_id and s.channel = h.channel
        where h.hour > date_trunc('hour', now() at time zone 'UTC') at time zone 'UTC' - interval '24 hours'
            and h.channel in ('email', 'sms')
            -- Hours are not split: after a sender is resumed, counting starts with the next hour.
            and (s.resumed_at is null or h.hour > s.resumed_at)
        group by h.user_id, h.channel
    )
    select distinct on (d.user_id, d.channel) d.user_id, d.channel, d.accepted, v.bad, v.code
    from day d
    cross join lateral (
        values
            (1, 'email', 'bounces', d.bounced, d.accepted >= 200 and d.bounced >= 0.05 * d.accepted),
            (2, 'email', 'complaints', d.complained, d.complained >= 2 and (
                d.accepted >= 1000 and d.complained >= 0.001 * d.accepted
                or d.accepted >= 200 and d.complained >= 0.005 * d.accepted
            )),
            (3, 'sms', 'spam', d.complained, d.accepted >= 200 and d.complained >= 0.01 * d.accepted),
            (4, 'sms', 'opt-outs', d.opted_out, d.accepted >= 200 and d.opted_out >= 0.03 * d.accepted)
    ) v (place, channel, code, bad, is_bad)
    where v.channel = d.channel::text and v.is_bad
    order by d.user_id, d.channel, v.place
$$;
comment on function ddp.judged_senders() is
    'Senders whose messages were received too badly within 24 hours and since they were resumed: of how many accepted messages '
    'how many were bad, and in which way.';

create or replace function ddp.pause_unhealthy_senders()
    returns table (user_id uuid, pause_code varchar, pause_reason text)
    language sql volatile
    set search_path = ''
as $$
    with worded as (
        select j.user_id, j.channel, j.code, format(
            case j.code
                when 'bounces' then
                    'Sending is paused: of %1$s e-mails accepted within 24 hours, %2$s bounced because the address does not '
                    'exist (%3$s %%). The limit is 5 %%. Remove addresses that are old, bought or guessed. Then '
                    'ask an administrator to resume sending.'
                when 'complaints' then
                    'Sending is paused: of %1$s e-mails accepted within 24 hours, %2$s were reported as spam (%4$s %%). The limit '
                    'is 0.1 %% (0.5 %% below 1,000 messages). Write only to people who asked for it. Then ask an administrator to resume '
                    'sending.'
                when 'spam' then
                    'Sending is paused: of %1$s SMS accepted within 24 hours, carriers refused %2$s as spam (%3$s %%). The limit '
                    'is 1 %%. Change the text, and write only to people who asked for it. Then ask an administrator to resume sending.'
                else
                    'Sending is paused: after %1$s SMS accepted within 24 hours, %2$s recipients asked for no more (%3$s %%). The '
                    'limit is 3 %%. Write only to people who asked for it. Then ask an administrator to resume sending.'
            end,
            to_char(j.accepted, 'FM999,999,999,999'), to_char(j.bad, 'FM999,999,999,999'),
            round(100.0 * j.bad / j.accepted, 1), round(100.0 * j.bad / j.accepted, 2)
        ) as reason
        from ddp.judged_senders() j
    )
    insert into public.senders as s (user_id, channel, paused_at, pause_code, pause_reason)
    select w.user_id, w.channel, now(), w.code, w.reason
    from worded w
    order by w.user_id, w.channel
    on conflict (user_id, channel) do update
    set paused_at = excluded.paused_at, pause_code = excluded.pause_code, pause_reason = excluded.pause_reason
    -- If somebody has just resumed the sender, the counts above no longer apply.
    where s.paused_at is null and s.resumed_at is not distinct from (
        select b.resumed_at from public.senders b where b.user_id = excluded.user_id and b.channel = excluded.channel
    )
    returning s.user_id, s.pause_code, s.pause_reason
$$;
comment on function ddp.pause_unhealthy_senders() is
    'Pauses senders on a channel if too many of their messages hard-bounced, were reported or refused as spam, or led to '
    'opt-outs within 24 hours and since they were resumed; returns those that it paused, with the reason as a sentence. Called '
    'every minute.';
revoke all on function ddp.judged_senders(), ddp.pause_unhealthy_senders() from public, anon, authenticated, service_role;
grant execute on function ddp.judged_senders(), ddp.pause_unhealthy_senders() to service_role;

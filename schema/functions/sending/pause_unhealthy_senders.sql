-- requires: functions/note_sender_outcomes.sql, policies/senders.sql, policies/sending.sql
-- Amazon SES reviews an account at 5 % bounces or 0.1 % complaints and pauses it, with all its senders, at 10 % or 0.5 %.
-- So a sender is paused at the rates that would bring the account under review, once there are enough messages for a
-- rate to mean something: 200 for bounces (10 of them); 1,000 for complaints, and never for a single one. Below 1,000
-- messages, complaints pause a sender at the rate that would pause the account.

create or replace function ddp.pause_unhealthy_senders()
    returns table (user_id uuid, pause_code varchar, pause_reason text)
    language sql volatile
    set search_path = ''
as $$
    with day as (
        select h.user_id, sum(h.accepted) as accepted, sum(h.hard_bounced) as bounced, sum(h.complained) as complained
        from ddp.sender_hours h
        left join public.senders s on s.user_id = h.user_id and s.channel = h.channel
        where h.channel = 'email'
            and h.hour > date_trunc('hour', now() at time zone 'UTC') at time zone 'UTC' - interval '24 hours'
            -- Hours are not split: after a sender is resumed, counting starts with the next hour.
            and (s.resumed_at is null or h.hour > s.resumed_at)
        group by h.user_id
    ), judged as (
        select d.*, case
            when d.accepted >= 200 and d.bounced >= 0.05 * d.accepted then 'bounces'
            when d.complained >= 2 and (
                d.accepted >= 1000 and d.complained >= 0.001 * d.accepted
                or d.accepted >= 200 and d.complained >= 0.005 * d.accepted
            ) then 'complaints'
        end as code
        from day d
    ), worded as (
        select j.user_id, j.code, case j.code
            when 'bounces' then format(
                'Sending is paused: of %s e-mails accepted within 24 hours, %s bounced because the address does not '
                'exist (%s %%). The limit is 5 %%. Remove addresses that are old, bought or guessed before you resume.',
                to_char(j.accepted, 'FM999,999,999,999'), to_char(j.bounced, 'FM999,999,999,999'),
                round(100.0 * j.bounced / j.accepted, 1)
            )
            else format(
                'Sending is paused: of %s e-mails accepted within 24 hours, %s were reported as spam (%s %%). The limit '
                'is 0.1 %%. Write only to people who asked for it before you resume.',
                to_char(j.accepted, 'FM999,999,999,999'), to_char(j.complained, 'FM999,999,999,999'),
                round(100.0 * j.complained / j.accepted, 2)
            )
        end as reason
        from judged j
        where j.code is not null
    )
    insert into public.senders as s (user_id, channel, paused_at, pause_code, pause_reason)
    select w.user_id, 'email', now(), w.code, w.reason
    from worded w
    order by w.user_id
    on conflict (user_id, channel) do update
    set paused_at = excluded.paused_at, pause_code = excluded.pause_code, pause_reason = excluded.pause_reason
    -- If somebody has just resumed the sender, the counts above no longer apply.
    where s.paused_at is null and s.resumed_at is not distinct from (
        select b.resumed_at from public.senders b where b.user_id = excluded.user_id and b.channel = 'email'
    )
    returning s.user_id, s.pause_code, s.pause_reason
$$;
comment on function ddp.pause_unhealthy_senders() is
    'Pauses e-mail of senders if too many of their messages hard-bounced or were reported as spam within 24 hours and '
    'since they were resumed; returns those that it paused, with the reason as a sentence. Called every minute.';
revoke all on function ddp.pause_unhealthy_senders() from public, anon, authenticated, service_role;
grant execute on function ddp.pause_unhealthy_senders() to service_role;

-- requires: functions/note_sender_outcomes.sql, policies/sms_sends.sql

create or replace function ddp.note_opt_outs() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.note_sender_outcomes(
        'sms', array_agg(o.sender_id), null, null, null, array_agg(o.opted_out)
    )
    from (
        -- A stop for everyone counts for the sender whose message led to it.
        select coalesce(n.owner_user_id, s.created_by_user_id) as sender_id, count(*)::integer as opted_out
        from new_suppressions n
        left join public.sms_sends s on s.sms_send_id = n.sms_send_id
        where n.channel = 'sms' and n.reason = 'stop' and coalesce(n.owner_user_id, s.created_by_user_id) is not null
        group by 1
    ) o
    having count(*) > 0;
    return null;
end
$$;
comment on function ddp.note_opt_outs() is
    'Trigger on suppressions: a recipient who stops SMS counts for the health of the sender.';
revoke all on function ddp.note_opt_outs() from public, anon, authenticated, service_role;

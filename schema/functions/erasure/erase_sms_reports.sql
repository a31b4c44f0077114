create or replace function ddp.erase_sms_reports(p_sms_send_ids uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.sms_events e set detail = '{}'
    from public.sms_sends s
    where s.sms_send_id = any (p_sms_send_ids) and s.erased_at is not null
        and e.sms_send_id = s.sms_send_id and e.detail::text <> '{}';
$$;
comment on function ddp.erase_sms_reports(uuid[]) is
    'Takes from erased messages what providers reported and who followed their links. That and when they reported stays.';
revoke all on function ddp.erase_sms_reports(uuid[]) from public, anon, authenticated, service_role;

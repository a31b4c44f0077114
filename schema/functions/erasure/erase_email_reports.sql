create or replace function ddp.erase_email_reports(p_email_send_ids uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.email_sends s set bounce_reason = null
    where s.email_send_id = any (p_email_send_ids) and s.erased_at is not null and s.bounce_reason is not null;
    update public.email_events e set detail = '{}'
    from public.email_sends s
    where s.email_send_id = any (p_email_send_ids) and s.erased_at is not null
        and e.email_send_id = s.email_send_id and e.detail::text <> '{}';
$$;
comment on function ddp.erase_email_reports(uuid[]) is
    'Takes what providers reported from erased messages: their texts quote the address. That and when they reported stays.';
revoke all on function ddp.erase_email_reports(uuid[]) from public, anon, authenticated, service_role;

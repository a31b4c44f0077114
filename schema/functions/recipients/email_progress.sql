create or replace function ddp.email_progress(p_plan public.send_plans) returns jsonb
    language sql immutable
    set search_path = ''
    return '{}'::jsonb;
comment on function ddp.email_progress(public.send_plans) is 'What the progress of e-mail shows beside that of all channels: nothing.';
revoke all on function ddp.email_progress(public.send_plans) from public, anon, authenticated, service_role;

-- requires: functions/request_origin.sql

create or replace function ddp.add_file_action(
    p_file_id uuid,
    p_user_id uuid,
    p_action_type public.file_action_type,
    p_metadata jsonb default '{}',
    p_session_id uuid default null
) returns uuid
    language sql volatile
    set search_path = ''
as $$
    insert into public.file_actions (file_id, user_id, action_type, session_id, ip_address, user_agent, metadata)
    values (p_file_id, p_user_id, p_action_type, p_session_id, ddp.request_address(), ddp.request_agent(), p_metadata)
    returning action_id
$$;
comment on function ddp.add_file_action(uuid, uuid, public.file_action_type, jsonb, uuid) is
    'Records an action, with address and agent of the request. Checks nothing: its callers have.';
revoke all on function ddp.add_file_action(uuid, uuid, public.file_action_type, jsonb, uuid)
    from public, anon, authenticated, service_role;
grant execute on function ddp.add_file_action(uuid, uuid, public.file_action_type, jsonb, uuid) to service_role;

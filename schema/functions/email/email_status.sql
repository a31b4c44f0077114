-- The order in which statuses of one attempt override each other.

create or replace function ddp.email_status_order() returns public.email_send_status[]
    language sql immutable parallel safe
    set search_path = ''
    return array[
        'cancelled', 'suppressed', 'missed', 'pending', 'sending', 'unknown', 'sent', 'failed', 'delivered',
        'opened', 'clicked', 'bounced', 'complained'
    ]::public.email_send_status[];
comment on function ddp.email_status_order() is
    'Events come in any order: the status is the latest of this order that was seen. The first three were never sent.';
revoke all on function ddp.email_status_order() from public, anon, authenticated, service_role;
grant execute on function ddp.email_status_order() to service_role;

create or replace function ddp.email_status_rank(p_status public.email_send_status) returns integer
    language sql immutable parallel safe
    set search_path = ''
    return array_position(ddp.email_status_order(), p_status);
comment on function ddp.email_status_rank(public.email_send_status) is
    'Where a status stands in ddp.email_status_order(): a higher rank overrides a lower one.';
revoke all on function ddp.email_status_rank(public.email_send_status) from public, anon, authenticated, service_role;
grant execute on function ddp.email_status_rank(public.email_send_status) to service_role;

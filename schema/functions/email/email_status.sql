-- The order in which statuses of one attempt override each other.

create or replace function ddp.email_status_rank(p_status public.email_send_status) returns integer
    language sql immutable parallel safe
    set search_path = ''
    return array_position(
        array[
            'cancelled', 'suppressed', 'missed', 'pending', 'sending', 'unknown', 'sent', 'failed', 'delivered',
            'opened', 'clicked', 'bounced', 'complained'
        ]::public.email_send_status[],
        p_status
    );
comment on function ddp.email_status_rank(public.email_send_status) is
    'Events come in any order: the status is the highest rank seen. The first three were never sent.';
revoke all on function ddp.email_status_rank(public.email_send_status) from public, anon, authenticated, service_role;
grant execute on function ddp.email_status_rank(public.email_send_status) to service_role;

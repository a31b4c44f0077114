-- requires: functions/send_owner.sql
-- For inserts without the owner. Bulk inserts give it and skip the call, because the `when` condition is tested first.

create or replace trigger set_send_owner before insert on public.email_sends
    for each row when (new.created_by_user_id is null) execute function ddp.set_send_owner();
create or replace trigger set_send_owner before insert on public.sms_sends
    for each row when (new.created_by_user_id is null) execute function ddp.set_send_owner();

-- requires: functions/send_owner.sql
-- For who leaves the owner out. Bulk inserts name it and pay for no call: the condition is asked without the function.

create or replace trigger set_send_owner before insert on public.email_sends
    for each row when (new.created_by_user_id is null) execute function ddp.set_send_owner();
create or replace trigger set_send_owner before insert on public.sms_sends
    for each row when (new.created_by_user_id is null) execute function ddp.set_send_owner();

-- requires: functions/set_plan_channel.sql

create or replace trigger set_channel before insert on public.send_plans
    for each row execute function ddp.set_plan_channel();

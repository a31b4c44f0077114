-- requires: functions/sms_test_money.sql

create or replace trigger book_budget after update on public.sms_test_sends
    for each row when (new.budget_month is not null) execute function ddp.book_sms_test();

-- requires: functions/sms_money.sql, functions/sms_attempts.sql

create or replace trigger note_budget_month before update on public.sms_sends
    for each row when (new.status = 'sending' and old.status <> 'sending')
    execute function ddp.note_budget_month();
-- An unknown attempt is tried again; or another attempt is reported while this one is in a call, is unknown, or was sent as a person
-- says.
create or replace trigger note_unsettled_attempt before update on public.sms_sends
    for each row when (
        (old.status in ('sending', 'unknown') or old.status = 'sent' and old.accepted_attempts = 0)
        and new.accepted_attempts & (1 << (old.attempt - 1)) = 0
        and (new.attempt <> old.attempt or new.accepted_attempts <> 0)
    )
    execute function ddp.note_unsettled_attempt();
create or replace trigger book_budgets after update on public.sms_sends
    referencing old table as old_sends new table as new_sends
    for each statement execute function ddp.book_sms_budgets();

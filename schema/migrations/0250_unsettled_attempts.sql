-- Another attempt does not undo the first one: while it may have been accepted, its price stays reserved.

alter table public.sms_sends add column unsettled_attempts integer not null default 0;
comment on column public.sms_sends.unsettled_attempts is
    'Bit n - 1 is set for each attempt n whose result is not known, although the status is about another attempt: it may yet cost.';

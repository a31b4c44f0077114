-- statement_timeout: 1h
-- Checks what was written before 0280, without keeping writers out.

alter table ddp.budgets validate constraint budgets_scope_is_known;

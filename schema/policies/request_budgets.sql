-- Counted by ddp.take_request, with the owner's rights. No policy means no access for anybody else.

revoke all on ddp.request_budgets from public, anon, authenticated, service_role;

-- What composing needs of a recipient beside address, name and data: of an e-mail, nothing. Without `set`, the planner leaves
-- the call out.

create or replace function ddp.email_details(p_plan public.send_plans, p_send_ids uuid[])
    returns table (send_id uuid, details jsonb)
    language sql stable
as $$
    select null::uuid, null::jsonb where false
$$;
comment on function ddp.email_details(public.send_plans, uuid[]) is 'No details: an e-mail is composed from what a claim returns.';
revoke all on function ddp.email_details(public.send_plans, uuid[]) from public, anon, authenticated, service_role;
grant execute on function ddp.email_details(public.send_plans, uuid[]) to service_role;

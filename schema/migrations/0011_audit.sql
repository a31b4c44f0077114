-- The audit trail.

create table public.audit_logs (
    log_id uuid not null default gen_random_uuid(),
    table_name varchar(100) not null,
    record_id uuid,
    action varchar(20) not null check (action in ('INSERT', 'UPDATE', 'DELETE')),
    old_values jsonb,
    new_values jsonb,
    changed_by uuid references public.users,
    changed_at timestamptz not null default now(),
    ip_address inet,
    user_agent text,
    primary key (log_id, changed_at)
) partition by range (changed_at);
alter table public.audit_logs enable row level security;
create index audit_logs_changed_by_idx on public.audit_logs (changed_by, changed_at desc);
create index audit_logs_record_idx on public.audit_logs (table_name, record_id, changed_at desc);
select ddp.ensure_partitions('public.audit_logs');

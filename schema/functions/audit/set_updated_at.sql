create or replace function ddp.set_updated_at() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.updated_at := now();
    return new;
end
$$;
comment on function ddp.set_updated_at() is
    'Trigger: updated_at is the time of the last change, whatever the statement says.';
revoke all on function ddp.set_updated_at() from public, anon, authenticated, service_role;

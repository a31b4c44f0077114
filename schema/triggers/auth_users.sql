-- requires: functions/create_user.sql
-- Supabase's table of sign-ups, where there is one. It is not ours: if the applier may not create a trigger on it,
-- accounts are made by calling create_user().

do $$
begin
    if to_regclass('auth.users') is null then
        return;
    elsif has_table_privilege(current_user, 'auth.users', 'TRIGGER') then
        create or replace trigger ddp_create_user after insert on auth.users
            for each row execute function ddp.create_user_of_auth_user();
    else
        raise notice 'No trigger on auth.users: % may not create one there. Call create_user() after sign-up.', current_user;
    end if;
end
$$;

-- requires: functions/require_active_user.sql, policies/product_imports.sql, policies/product_import_rejections.sql

create or replace function public.request_product_import(p_file_id uuid) returns public.product_imports
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_editor();
    v_import public.product_imports;
begin
    perform ddp.require(
        ddp.active_user_type() in ('brand', 'admin'), 'PT403', 'Only brands have products.', '{"code": "not-a-brand"}'
    );
    perform ddp.require(
        exists (
            select from public.files f
            where f.file_id = p_file_id and f.created_by_user_id = v_account_id and f.deleted_at is null
        ), 'PT404', 'You have no such file.', '{"code": "file-not-found"}'
    );
    perform from public.users u where u.user_id = v_account_id for no key update;
    perform ddp.require(
        (
            select count(*) from public.product_imports i
            where i.created_by_user_id = v_account_id and i.state = 'pending'
        ) < 5, 'PT429', 'You already have five imports in progress: wait for one of them.', '{"code": "too-many-imports"}'
    );
    insert into public.product_imports (file_id, created_by_user_id, requested_by_user_id)
    values (p_file_id, v_account_id, (select u.user_id from public.users u where u.user_id = auth.uid()))
    returning * into v_import;
    return v_import;
end
$$;
comment on function public.request_product_import(uuid) is
    'Requests that the products in one of the acting account''s CSV files are created or changed. At most five at a time. '
    'For brands and administrators.';
revoke all on function public.request_product_import(uuid) from public, anon, authenticated, service_role;
grant execute on function public.request_product_import(uuid) to authenticated;

-- requires: functions/require_active_user.sql, functions/lock_files.sql

create or replace function public.unpublish_brand_asset(p_asset_id uuid) returns public.brand_assets
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_asset public.brand_assets;
begin
    perform ddp.lock_files(array(
        select a.file_id from public.brand_assets a
        where a.asset_id = p_asset_id and (a.created_by_user_id = v_user_id or v_is_admin)
    ));
    update public.brand_assets a set unpublished_at = coalesce(a.unpublished_at, now())
    where a.asset_id = p_asset_id and (a.created_by_user_id = v_user_id or v_is_admin)
    returning a.* into v_asset;
    perform ddp.require(v_asset.asset_id is not null, 'PT404', 'You have no such brand asset.');
    return v_asset;
end
$$;
comment on function public.unpublish_brand_asset(uuid) is
    'Withdraws a brand asset from the retailers; its row stays, because activity refers to it. For the brand that '
    'published it, and administrators.';
revoke all on function public.unpublish_brand_asset(uuid) from public, anon, authenticated, service_role;
grant execute on function public.unpublish_brand_asset(uuid) to authenticated;

-- requires: functions/require_active_user.sql, functions/asset_terms.sql
-- The policy `read` on `files`, for functions that run as the tables' owner, whom policies do not bind. It reads the
-- shares themselves, from which ddp.file_access is derived. A test compares the two for every user and file.

create or replace function ddp.visible_file(p_file_id uuid) returns public.files
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_user_type constant public.user_type := ddp.active_user_type();
    v_file public.files;
begin
    select f.* into v_file
    from public.files f
    where f.file_id = p_file_id
        and (
            f.created_by_user_id = v_user_id
            or v_user_type = 'admin'
            or f.deleted_at is null
            and (
                f.is_public
                or f.is_brand_asset and v_user_type = 'retailer' and not exists (
                    select from public.brand_assets b
                    where b.file_id = f.file_id and not ddp.asset_is_open_to(b, v_user_id)
                )
                or exists (
                    select from public.file_shares s
                    where s.file_id = f.file_id
                        and s.shared_with_user_id = v_user_id
                        and s.revoked_at is null
                        and s.expires_at > now()
                )
                or exists (
                    select from public.fund_claim_files p
                    where p.file_id = f.file_id and p.campaign_owner_id = v_user_id
                )
            )
        );
    perform ddp.require(v_file.file_id is not null, 'PT404', 'There is no such file, or it is not shared with you.');
    return v_file;
end
$$;
comment on function ddp.visible_file(uuid) is 'The file, if the acting user may see it; else PT404.';
revoke all on function ddp.visible_file(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.lock_own_file(p_file_id uuid, p_or_admin boolean) returns public.files
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_file public.files := ddp.visible_file(p_file_id);
begin
    perform ddp.require(
        v_file.created_by_user_id = v_user_id or p_or_admin and ddp.active_user_type() = 'admin',
        'PT403', 'Only the owner of this file may do that.', '{"code": "not-owner"}'
    );
    select f.* into strict v_file from public.files f where f.file_id = p_file_id for no key update;
    return v_file;
end
$$;
comment on function ddp.lock_own_file(uuid, boolean) is
    'A file of the acting user (with p_or_admin, any file for an administrator), locked; PT404 or PT403.';
revoke all on function ddp.lock_own_file(uuid, boolean) from public, anon, authenticated, service_role;

-- requires: functions/visible_file.sql, functions/add_file_action.sql, functions/asset_terms.sql

create or replace function public.publish_brand_asset(
    p_file_id uuid, p_asset_name text, p_asset_type text, p_is_featured boolean default false,
    p_metadata jsonb default '{}', p_terms jsonb default null
) returns public.brand_assets
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.lock_own_file(p_file_id, p_or_admin => false);
    v_asset public.brand_assets;
begin
    perform ddp.require(
        ddp.active_user_type() in ('brand', 'admin'), 'PT403', 'Only brands can publish brand assets.',
        '{"code": "not-a-brand"}'
    );
    perform ddp.require(
        v_file.deleted_at is null, 'PT409', 'This file is deleted: restore it first.', '{"code": "file-deleted"}'
    );
    perform ddp.require(
        length(p_asset_name) <= 500 and btrim(p_asset_name) <> '', 'PT422', 'An asset''s name has 1 to 500 characters.'
    );
    perform ddp.require(
        length(p_asset_type) <= 50 and btrim(p_asset_type) <> '', 'PT422', 'An asset''s type has 1 to 50 characters.'
    );
    perform ddp.require(
        ddp.is_metadata(p_metadata), 'PT422',
        'The metadata is a JSON object of at most 8,192 characters and 32 levels, without numbers over 1e300.',
        '{"code": "invalid-metadata"}'
    );

    if not v_file.is_brand_asset then
        perform ddp.add_file_action(p_file_id, ddp.active_user_id(), 'SHARE', '{"published": true}');
    end if;
    insert into public.brand_assets (file_id, asset_name, asset_type, is_featured, metadata, created_by_user_id)
    values (p_file_id, p_asset_name, p_asset_type, coalesce(p_is_featured, false), p_metadata, ddp.active_user_id())
    on conflict (file_id) do update set
        asset_name = excluded.asset_name, asset_type = excluded.asset_type, is_featured = excluded.is_featured,
        metadata = excluded.metadata, unpublished_at = null
    returning * into v_asset;
    -- In the same transaction: nobody sees it before its time.
    if p_terms is not null then
        v_asset := ddp.set_asset_terms(v_asset, p_terms);
    end if;
    return v_asset;
end
$$;
comment on function public.publish_brand_asset(uuid, text, text, boolean, jsonb, jsonb) is
    'Publishes an own live file to retailers, or changes the name, type and metadata of a published one; records '
    'SHARE when it becomes visible. Terms as change_asset_terms() has them; those that are not given stay. For brands and administrators.';
revoke all on function public.publish_brand_asset(uuid, text, text, boolean, jsonb, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.publish_brand_asset(uuid, text, text, boolean, jsonb, jsonb) to authenticated;

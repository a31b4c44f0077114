-- requires: functions/visible_file.sql, functions/asset_terms.sql, policies/licence_acceptances.sql

create or replace function ddp.require_licence_accepted(p_file public.files) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.active_user_id();
    v_asset public.brand_assets;
begin
    if p_file.created_by_user_id = v_user_id or not p_file.is_brand_asset then
        return;
    end if;
    select a.* into v_asset
    from public.brand_assets a
    where a.file_id = p_file.file_id and a.unpublished_at is null and a.licence_version is not null
        and not exists (
            select from public.licence_acceptances l
            where l.asset_id = a.asset_id and l.account_id = v_user_id and l.licence_version = a.licence_version
        );
    perform ddp.require(
        v_asset.asset_id is null or ddp.active_user_type() = 'admin', 'PT409',
        format(
            'Accept version %s of the licence first: POST /brand-assets/%s/licence/acceptances.',
            v_asset.licence_version, v_asset.asset_id
        ),
        jsonb_build_object(
            'code', 'licence-not-accepted', 'asset_id', v_asset.asset_id, 'licence_version', v_asset.licence_version,
            'accept', format('/brand-assets/%s/licence/acceptances', v_asset.asset_id)
        )
    );
end
$$;
comment on function ddp.require_licence_accepted(public.files) is
    'PT409 for a brand asset of another account whose licence the acting account has not accepted in its present version.';

create or replace function public.accept_asset_licence(p_asset_id uuid, p_licence_version text)
    returns public.licence_acceptances
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_asset public.brand_assets;
    v_acceptance public.licence_acceptances;
begin
    -- Locked, so that the text is not exchanged meanwhile.
    select a.* into v_asset
    from public.brand_assets a where a.asset_id = p_asset_id and a.unpublished_at is null for share;
    perform ddp.require(
        v_asset.asset_id is not null, 'PT404', 'There is no such brand asset.', '{"code": "asset-not-found"}'
    );
    perform ddp.visible_file(v_asset.file_id);
    perform ddp.require(
        v_asset.created_by_user_id <> v_user_id, 'PT409', 'This is your own asset: you need no licence for it.',
        '{"code": "own-asset"}'
    );
    perform ddp.require(
        v_asset.licence_version is not null, 'PT409', 'This asset has no licence to accept.', '{"code": "no-licence"}'
    );
    perform ddp.require(
        v_asset.licence_version = p_licence_version, 'PT409',
        format('The licence is now of version %s: read it, then accept that version.', v_asset.licence_version),
        jsonb_build_object('code', 'licence-changed', 'licence_version', v_asset.licence_version)
    );
    insert into public.licence_acceptances (asset_id, account_id, licence_version, licence_sha256, brand_id, accepted_by)
    values (
        p_asset_id, v_user_id, v_asset.licence_version, sha256(convert_to(v_asset.licence_text, 'UTF8')),
        v_asset.created_by_user_id, auth.uid()
    )
    on conflict (asset_id, account_id, licence_version) do nothing;
    select l.* into strict v_acceptance
    from public.licence_acceptances l
    where l.asset_id = p_asset_id and l.account_id = v_user_id and l.licence_version = v_asset.licence_version;
    return v_acceptance;
end
$$;
comment on function public.accept_asset_licence(uuid, text) is
    'The acting account accepts the present version of a brand asset''s licence, for good; repeated, it returns the first '
    'acceptance. PT404 for an asset that it does not see, PT409 for another version than the present one.';

revoke all on function ddp.require_licence_accepted(public.files), public.accept_asset_licence(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function public.accept_asset_licence(uuid, text) to authenticated;

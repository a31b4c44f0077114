-- requires: functions/require.sql, policies/hosted_images.sql, policies/brand_assets.sql
-- Brand assets that e-mails show as hosted images: by addresses in their content, their variants and their slots. A token names
-- its file (hosted_images.sql), so that whoever reads a message finds the files without asking for them.

create or replace function ddp.image_tokens(p_text text) returns table (token text, file_id uuid)
    language sql immutable
    set search_path = ''
as $$
    select distinct
        m.found[1], encode(substring(decode(translate(left(m.found[1], 24), '-_', '+/'), 'base64') from 1 for 16), 'hex')::uuid
    -- Most messages have none: looking for the path costs less than the expression.
    from regexp_matches(
        case when strpos(p_text, '/i/') > 0 then p_text else '' end, '/i/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])', 'g'
    ) m (found)
$$;
comment on function ddp.image_tokens(text) is
    'What stands in a text like the address of a hosted image: the token, and the file that it names. Whether there is such an '
    'image is another question.';

create or replace function ddp.image_files(p_text text) returns uuid[]
    language sql immutable
    set search_path = ''
    return array(select distinct t.file_id from ddp.image_tokens(p_text) t);
comment on function ddp.image_files(text) is 'The files whose hosted images a text seems to show.';

create or replace function ddp.text_of_email(p_message public.email_campaigns, p_slots jsonb) returns text
    language sql immutable
    set search_path = ''
    return (to_jsonb(p_message) - 'metadata')::text || coalesce(p_slots::text, '');
comment on function ddp.text_of_email(public.email_campaigns, jsonb) is
    'All that an e-mail with these values of its slots shows, variants included, as a text to search for addresses.';

create or replace function ddp.require_images_last(p_text text, p_at timestamptz) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_asset public.brand_assets;
begin
    select a.* into v_asset
    from ddp.image_tokens(p_text) t
    join ddp.hosted_images h on h.token = t.token
    join public.brand_assets a on a.file_id = h.file_id
    where a.unpublished_at is null and a.available_until <= p_at
        -- Its owner may have hosted it for good.
        or a.unpublished_at is not null and h.state = 'revoked'
    order by a.unpublished_at nulls last, a.available_until
    limit 1;
    perform ddp.require(
        v_asset.asset_id is null, 'PT409',
        case
            when v_asset.unpublished_at is not null then format(
                'The message shows "%s", which its brand has withdrawn: show another image, then send again.', v_asset.asset_name
            )
            else format(
                'The message shows "%s", which may be used until %s UTC, and will have ended by then: send earlier, or show another '
                'image.', v_asset.asset_name, to_char(v_asset.available_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
            )
        end,
        jsonb_build_object(
            'code', 'asset-ended', 'asset_id', v_asset.asset_id, 'file_id', v_asset.file_id,
            'available_until', v_asset.available_until
        )
    );
end
$$;
comment on function ddp.require_images_last(text, timestamptz) is
    'PT409 if a message that begins at this time shows a hosted image of a brand asset that has ended by then, or is withdrawn.';

revoke all on function
    ddp.image_tokens(text), ddp.image_files(text), ddp.text_of_email(public.email_campaigns, jsonb),
    ddp.require_images_last(text, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function ddp.image_tokens(text), ddp.image_files(text), ddp.text_of_email(public.email_campaigns, jsonb)
    to authenticated, service_role;

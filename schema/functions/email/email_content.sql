-- requires: functions/require.sql, functions/active_user.sql
-- Checks of an e-mail's content, sender and attachments before it is sent, test sends included.

create or replace function ddp.check_email_content(p_message public.email_campaigns) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- A line break would end the header and begin another one.
    perform ddp.require(
        btrim(p_message.email_subject) <> '' and p_message.email_subject !~ '[\r\n]'
        and btrim(p_message.email_content) <> '',
        'PT422', 'An e-mail needs a subject of one line, and content.', '{"code": "incomplete-message"}'
    );
    -- The HTTP functions refuse this sooner, but browsers may call this directly. Workers hold the content in memory.
    perform ddp.require(
        octet_length(p_message.email_content) <= 524288 and coalesce(octet_length(p_message.text_content), 0) <= 524288,
        'PT422', 'The HTML and the text have at most 512 KiB each.', '{"code": "message-too-large"}'
    );
    perform ddp.require(
        coalesce(p_message.sender_name, '') !~ '[[:cntrl:]]', 'PT422', 'The sender''s name must have one line.',
        '{"code": "invalid-sender-name"}'
    );
    -- Mail programs show the name in place of the address: "ceo@bank.example" would be who the message seems to come from.
    -- Normalised, because there are signs that look the same.
    perform ddp.require(
        normalize(coalesce(p_message.sender_name, ''), nfkc) !~ '[<>@]', 'PT422',
        'The sender''s name must not look like an address: leave out @, < and >.', '{"code": "invalid-sender-name"}'
    );
end
$$;
comment on function ddp.check_email_content(public.email_campaigns) is
    'PT422 for an e-mail without subject or content, with too long content, line breaks in a header, or an address as the sender''s name.';
revoke all on function ddp.check_email_content(public.email_campaigns) from public, anon, authenticated, service_role;

create or replace function ddp.may_send_from(p_user_id uuid, p_sender_email text) returns boolean
    language sql stable
    set search_path = ''
as $$
    select exists (
        select from public.sender_identities i
        cross join lower(split_part(p_sender_email, '@', 2)) domain
        where i.status = 'verified' and (i.created_by_user_id = p_user_id or i.is_shared)
            and (
                i.identity in (lower(p_sender_email), domain)
                -- As with SES, a verified domain covers its subdomains.
                or strpos(i.identity, '@') = 0 and right(domain, length(i.identity) + 1) = '.' || i.identity
            )
    )
$$;
comment on function ddp.may_send_from(uuid, text) is
    'Whether a user verified this address or its domain, or it is shared with everyone.';
revoke all on function ddp.may_send_from(uuid, text) from public, anon, authenticated, service_role;
grant execute on function ddp.may_send_from(uuid, text) to service_role;

create or replace function public.may_send_from(p_sender_email text) returns boolean
    language sql stable security definer
    set search_path = ''
as $$
    select ddp.may_send_from(ddp.active_user_id(), p_sender_email)
$$;
comment on function public.may_send_from(text) is
    'Whether the acting user verified this address or its domain, or it is shared with everyone.';
revoke all on function public.may_send_from(text) from public, anon, authenticated, service_role;
grant execute on function public.may_send_from(text) to authenticated;

create or replace function ddp.require_verified_sender(p_sender_email text) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_domain constant text := lower(split_part(p_sender_email, '@', 2));
begin
    perform ddp.require(
        public.may_send_from(p_sender_email), 'PT409',
        format(
            'You have not verified that you may send from %s: add this address, or the domain %s, as a sender identity and '
            'follow its instructions. Then send again.', p_sender_email, v_domain
        ),
        jsonb_build_object('code', 'sender-not-verified', 'sender_email', p_sender_email, 'domain', v_domain)
    );
end
$$;
comment on function ddp.require_verified_sender(text) is 'PT409 for a sender that the acting user may not send from.';
revoke all on function ddp.require_verified_sender(text) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_attachments(p_file_ids jsonb) returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_files jsonb;
    v_bytes numeric;
begin
    select coalesce(jsonb_agg(jsonb_build_object('file_id', f.file_id, 'file_name', f.file_name) order by a.position), '[]'),
        coalesce(sum(f.file_size), 0)
    into v_files, v_bytes
    from jsonb_array_elements_text(p_file_ids) with ordinality a (id, position)
    join public.files f on f.file_id::text = a.id and f.created_by_user_id = ddp.active_user_id() and f.deleted_at is null;
    perform ddp.require(
        jsonb_array_length(v_files) = jsonb_array_length(p_file_ids), 'PT409',
        'An attachment is not a live file of yours.', '{"code": "attachment-not-found"}'
    );
    perform ddp.require(
        v_bytes <= 7340032, 'PT422', 'Attachments have at most 7 MiB in total.',
        jsonb_build_object('code', 'attachments-too-large', 'bytes', v_bytes)
    );
    return v_files;
end
$$;
create or replace function ddp.require_attachments_last(p_file_ids jsonb, p_at timestamptz) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_asset public.brand_assets;
begin
    select a.* into v_asset
    from jsonb_array_elements_text(p_file_ids) i (id)
    join public.brand_assets a on a.file_id = i.id::uuid
    where a.unpublished_at is null and a.available_until <= p_at
    order by a.available_until
    limit 1;
    perform ddp.require(
        v_asset.asset_id is null, 'PT409',
        format(
            '"%s" may be used until %s UTC, and will have ended by then: send earlier, attach another file, or let the asset '
            'end later.', v_asset.asset_name, to_char(v_asset.available_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        ),
        jsonb_build_object(
            'code', 'asset-ended', 'asset_id', v_asset.asset_id, 'file_id', v_asset.file_id,
            'available_until', v_asset.available_until
        )
    );
end
$$;
comment on function ddp.require_attachments_last(jsonb, timestamptz) is
    'PT409 if one of these files is a brand asset that has ended at this time.';
revoke all on function ddp.require_attachments_last(jsonb, timestamptz) from public, anon, authenticated, service_role;

comment on function ddp.freeze_attachments(jsonb) is
    'The ids and names of own live files, as a plan keeps them; PT409 for other files, PT422 above 7 MiB in total.';
revoke all on function ddp.freeze_attachments(jsonb) from public, anon, authenticated, service_role;

-- requires: functions/require_active_user.sql, functions/log_change.sql, policies/phone_consents.sql
-- Consents to promotional SMS. At most one of a number and sender stands; ended ones stay as evidence. Whether a number may
-- be written to is decided by suppressions, whatever consents there are.

create or replace function ddp.standing_consents(p_owner uuid, p_hashes bytea[]) returns setof bytea
    language sql stable
    set search_path = ''
as $$
    select c.phone_hash
    from public.phone_consents c
    where c.owner_user_id = p_owner and c.phone_hash = any (p_hashes) and c.ended_at is null
$$;
comment on function ddp.standing_consents(uuid, bytea[]) is 'Those of the numbers that agreed to promotional SMS of the account.';

create or replace function ddp.end_phone_consents(p_hashes bytea[], p_owner uuid, p_by text) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.phone_consents c set ended_at = now(), ended_by = p_by
    where c.phone_consent_id in (
        select o.phone_consent_id
        from public.phone_consents o
        where o.phone_hash = any (p_hashes) and o.ended_at is null and (p_owner is null or o.owner_user_id = p_owner)
        order by o.phone_consent_id
        for no key update
    )
$$;
comment on function ddp.end_phone_consents(bytea[], uuid, text) is
    'Ends what stands of the numbers'' consents to SMS of an account (null: of all accounts). p_by: stop, link, staff.';

create or replace function ddp.add_phone_consents(
    p_owner uuid, p_hashes bytea[], p_sources text[], p_wordings text[], p_given_at timestamptz[], p_ips inet[],
    p_file_id uuid, p_recorded_by uuid
) returns table (place bigint, outcome text)
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- Who ends one of them at this moment comes first: then it counts as ended below.
    perform from public.phone_consents c
    where c.owner_user_id = p_owner and c.phone_hash = any (p_hashes) and c.ended_at is null
    order by c.phone_consent_id
    for no key update;
    return query
    with given as (
        select g.*, row_number() over (partition by g.phone_hash order by g.place) as nth
        from unnest(p_hashes, p_sources, p_wordings, p_given_at, p_ips) with ordinality
            g (phone_hash, source, wording, given_at, ip, place)
    ), judged as (
        select g.*, exists (
            select from public.phone_consents c
            where c.phone_hash = g.phone_hash and c.owner_user_id = p_owner and c.ended_at >= g.given_at
        ) and not exists (
            select from public.phone_consents c
            where c.phone_hash = g.phone_hash and c.owner_user_id = p_owner and c.ended_at is null
        ) as is_ended
        from given g
    ), added as (
        insert into public.phone_consents (
            owner_user_id, phone_hash, source, wording, given_at, ip, file_id, recorded_by_user_id
        )
        select p_owner, j.phone_hash, j.source, j.wording, j.given_at, j.ip, p_file_id, p_recorded_by
        from judged j
        where j.nth = 1 and not j.is_ended
        order by j.phone_hash
        on conflict (phone_hash, owner_user_id) where ended_at is null do nothing
        returning phone_hash
    )
    select j.place, case
        when j.is_ended then 'ended'
        when j.nth = 1 and exists (select from added a where a.phone_hash = j.phone_hash) then 'recorded'
        else 'standing'
    end
    from judged j
    order by j.place;
end
$$;
comment on function ddp.add_phone_consents(
    uuid, bytea[], text[], text[], timestamptz[], inet[], uuid, uuid
) is
    'Records consents to SMS of an account. Parallel arrays. Outcomes: recorded; standing (one stood already, which stays as it '
    'is); ended (the person withdrew after this consent was given, so it is not recorded).';

create or replace function ddp.record_phone_consent(
    p_owner uuid, p_hash bytea, p_source text, p_wording text, p_given_at timestamptz
) returns void
    language sql volatile
    set search_path = ''
as $$
    select from ddp.add_phone_consents(
        p_owner, array[p_hash], array[p_source], array[p_wording], array[p_given_at], array[null::inet], null, null
    )
$$;
comment on function ddp.record_phone_consent(uuid, bytea, text, text, timestamptz) is
    'Records one consent; see add_phone_consents(). For workers.';

create or replace function public.record_phone_consents(p_consents jsonb, p_file_id uuid default null)
    returns table (place bigint, outcome text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_owner constant uuid := ddp.require_editor();
begin
    perform ddp.require(
        jsonb_typeof(p_consents) = 'array' and jsonb_array_length(p_consents) between 1 and 1000, 'PT422',
        'Give 1 to 1,000 consents.', '{"code": "invalid-request"}'
    );
    perform ddp.require(
        p_file_id is null
            or exists (select from public.files f where f.file_id = p_file_id and f.created_by_user_id = v_owner),
        'PT404', 'You have no such file.', '{"code": "file-not-found"}'
    );
    perform ddp.require(
        bool_and(coalesce(
            c.phone_hash ~ '^[0-9a-f]{64}$' and c.source <> '' and c.wording <> ''
            and c.given_at between '1990-01-01' and now() + interval '1 minute',
            false
        )),
        'PT422', 'A consent has the hash of a number, a source, a wording, and a time that is not in the future.',
        '{"code": "invalid-consent"}'
    )
    from jsonb_to_recordset(p_consents) c (phone_hash text, source text, wording text, given_at timestamptz);
    return query
    select a.place, a.outcome
    from (
        select
            array_agg(decode(c.phone_hash, 'hex')) as hashes, array_agg(c.source) as sources,
            array_agg(c.wording) as wordings, array_agg(c.given_at) as given_at, array_agg(c.ip) as ips
        from jsonb_to_recordset(p_consents) c (
            phone_hash text, source text, wording text, given_at timestamptz, ip inet
        )
    ) g
    cross join lateral ddp.add_phone_consents(
        v_owner, g.hashes, g.sources, g.wordings, g.given_at, g.ips, p_file_id, auth.uid()
    ) a;
end
$$;
comment on function public.record_phone_consents(jsonb, uuid) is
    'Records that numbers agreed to promotional SMS of the acting account: an array of objects with phone_hash (hex), source, '
    'wording, given_at and ip; at most 1,000. Returns what became of each, as add_phone_consents().';

create or replace function public.withdraw_phone_consents(p_hashes bytea[]) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_owner constant uuid := ddp.require_editor();
    v_ids constant uuid[] := array(
        select c.phone_consent_id from public.phone_consents c
        where c.owner_user_id = v_owner and c.phone_hash = any (p_hashes) and c.ended_at is null
        order by c.phone_consent_id
        for no key update
    );
begin
    perform ddp.require(
        cardinality(p_hashes) between 1 and 1000, 'PT422', 'Give 1 to 1,000 numbers.', '{"code": "invalid-request"}'
    );
    perform ddp.end_phone_consents(p_hashes, v_owner, 'staff');
    perform ddp.log_change('phone_consents', w.id, '{"ended_at": null}', '{"ended_by": "staff"}') from unnest(v_ids) w (id);
    return cardinality(v_ids);
end
$$;
comment on function public.withdraw_phone_consents(bytea[]) is
    'Ends the consents of these numbers to SMS of the acting account; returns how many stood.';

create or replace function public.phone_consents_of(p_phone_hash bytea) returns setof public.phone_consents
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
begin
    return query
    select c.* from public.phone_consents c
    where c.phone_hash = p_phone_hash and (c.owner_user_id = v_user_id or v_is_admin)
    order by c.recorded_at desc, c.phone_consent_id desc
    limit 100;
end
$$;
comment on function public.phone_consents_of(bytea) is
    'The newest 100 consents of a number to SMS of the acting account, ended or not; for administrators, of any account.';

create or replace function ddp.erase_phone_consents(p_hash bytea, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    update public.phone_consents c
    set ip = null, ended_at = coalesce(c.ended_at, now()), ended_by = coalesce(c.ended_by, 'erasure')
    where c.phone_consent_id = any (array(
        select o.phone_consent_id from public.phone_consents o
        where o.phone_hash = p_hash and (o.ip is not null or o.ended_at is null)
        limit p_limit
    ));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.erase_phone_consents(bytea, integer) is
    'Ends a number''s consents and forgets from where they were given. What was agreed to, when and in which words stays: it '
    'proves that earlier messages were allowed, and without the number nobody learns from it whose it is.';

revoke all on function
    ddp.standing_consents(uuid, bytea[]), ddp.end_phone_consents(bytea[], uuid, text),
    ddp.add_phone_consents(uuid, bytea[], text[], text[], timestamptz[], inet[], uuid, uuid),
    ddp.record_phone_consent(uuid, bytea, text, text, timestamptz), public.record_phone_consents(jsonb, uuid),
    public.withdraw_phone_consents(bytea[]), public.phone_consents_of(bytea), ddp.erase_phone_consents(bytea, integer)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.standing_consents(uuid, bytea[]), ddp.end_phone_consents(bytea[], uuid, text),
    ddp.add_phone_consents(uuid, bytea[], text[], text[], timestamptz[], inet[], uuid, uuid),
    ddp.record_phone_consent(uuid, bytea, text, text, timestamptz)
    to service_role;
grant execute on function
    public.record_phone_consents(jsonb, uuid), public.withdraw_phone_consents(bytea[]), public.phone_consents_of(bytea)
    to authenticated;

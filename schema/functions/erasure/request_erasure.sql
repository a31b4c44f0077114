-- requires: functions/require_worker_or_admin.sql, functions/require_active_user.sql, functions/log_change.sql
-- What administrators ask and see. The address is in no answer and not in the audit trail. Nobody else may ask: an erasure
-- changes rows of every tenant, and its counts tell who wrote to whom.

create or replace function ddp.shown_erasure(p_erasure ddp.erasures) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    select to_jsonb(p_erasure) - '{address,address_hash,found_in_pass,stage,place}'::text[]
$$;
comment on function ddp.shown_erasure(ddp.erasures) is 'An erasure as administrators see it: without the address.';

create or replace function public.request_erasure(
    p_kind text, p_user_id uuid, p_address text, p_address_hash bytea, p_is_dry_run boolean
) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_erasure ddp.erasures;
begin
    perform ddp.require_worker_or_admin();
    perform ddp.require(
        p_kind = 'user' and p_user_id is not null and p_address is null
        or p_kind = 'recipient' and p_user_id is null and length(p_address) between 3 and 255, 'PT422',
        'Give the id of a user, or the address of a recipient.', '{"code": "invalid-erasure"}'
    );
    perform ddp.require(
        p_user_id is null or p_user_id is distinct from ddp.active_user_id() and p_user_id is distinct from auth.uid(), 'PT409',
        'Ask another administrator to erase your own account.', '{"code": "own-account"}'
    );
    -- Whoever asks again gets the erasure that is under way.
    insert into ddp.erasures (kind, user_id, address, address_hash, is_dry_run, requested_by)
    values (
        p_kind, p_user_id,
        coalesce(p_address, (select u.user_email from public.users u where u.user_id = p_user_id)),
        coalesce(p_address_hash, sha256(p_user_id::text::bytea)), p_is_dry_run, auth.uid()
    )
    on conflict (kind, address_hash, is_dry_run) where ended_at is null do nothing
    returning * into v_erasure;
    if v_erasure.erasure_id is null then
        select e.* into v_erasure from ddp.erasures e
        where e.kind = p_kind and e.address_hash = coalesce(p_address_hash, sha256(p_user_id::text::bytea))
            and e.is_dry_run = p_is_dry_run and e.ended_at is null;
    else
        perform ddp.log_change(
            'erasures', v_erasure.erasure_id, null,
            jsonb_build_object('kind', p_kind, 'user_id', p_user_id, 'is_dry_run', p_is_dry_run)
        );
    end if;
    return ddp.shown_erasure(v_erasure);
end
$$;
comment on function public.request_erasure(text, uuid, text, bytea, boolean) is
    'Asks for the erasure of a user (by id), or of a recipient (by the normalised address and its keyed hash); or, as a dry '
    'run, for counts. Known or not, the answer is the same. Repeated, it returns the open erasure. For administrators.';

create or replace function public.list_erasures(p_at timestamptz, p_id uuid, p_limit integer) returns setof jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return query
    select ddp.shown_erasure(e) from ddp.erasures e
    where p_at is null or (e.requested_at, e.erasure_id) < (p_at, p_id)
    order by e.requested_at desc, e.erasure_id desc
    limit p_limit;
end
$$;
comment on function public.list_erasures(timestamptz, uuid, integer) is
    'Erasures after a place (null: from the latest on), without addresses. For administrators.';

create or replace function public.get_erasure(p_erasure_id uuid) returns setof jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return query select ddp.shown_erasure(e) from ddp.erasures e where e.erasure_id = p_erasure_id;
end
$$;
comment on function public.get_erasure(uuid) is 'An erasure with its counts by table, without the address. For administrators.';

revoke all on function
    ddp.shown_erasure(ddp.erasures), public.request_erasure(text, uuid, text, bytea, boolean),
    public.list_erasures(timestamptz, uuid, integer), public.get_erasure(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.request_erasure(text, uuid, text, bytea, boolean), public.list_erasures(timestamptz, uuid, integer),
    public.get_erasure(uuid)
    to authenticated;

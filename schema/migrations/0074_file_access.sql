-- Who sees a file besides its owner and administrators, in one index: what the policies on `files` and on its statistics
-- look into. Their sub-select is planned with every statement, and planning one over `file_shares`, under a policy of its
-- own, took longer than many a list.
-- What keeps it is here already, as in functions/refresh_file_access.sql and triggers/file_access.sql: the next file fills
-- it, and misses nothing that changes meanwhile.

create table ddp.file_access (
    file_id uuid not null references public.files on delete cascade,
    audience text not null,
    expires_at timestamptz not null,
    primary key (file_id, audience),
    constraint file_access_audience_check check (
        audience in ('everyone', 'retailer') or audience ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    )
);
alter table ddp.file_access enable row level security;
comment on table ddp.file_access is
    'Who sees a live file besides its owner and administrators; none of a file in the trash. Kept by triggers.';
comment on column ddp.file_access.audience is
    'A user''s id (a share), `everyone` (signed in: a public collection) or `retailer` (a brand asset).';
comment on column ddp.file_access.expires_at is 'The end of the last share with this user; infinity for the others.';

create or replace function ddp.refresh_file_access(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform from public.files f where f.file_id = any (p_file_ids) order by f.file_id for no key update;

    with fresh as materialized (
        select f.file_id, a.audience, a.expires_at
        from public.files f
        cross join lateral (
            select 'everyone', 'infinity'::timestamptz where f.is_public
            union all
            select 'retailer', 'infinity'::timestamptz where f.is_brand_asset
            union all
            select s.shared_with_user_id::text, max(s.expires_at)
            from public.file_shares s
            where s.file_id = f.file_id
                and s.shared_with_user_id is not null
                and s.revoked_at is null
                and s.expires_at > now()
            group by s.shared_with_user_id
        ) a (audience, expires_at)
        where f.file_id = any (p_file_ids) and f.deleted_at is null
    ), gone as (
        delete from ddp.file_access a
        where a.file_id = any (p_file_ids)
            and not exists (select from fresh where fresh.file_id = a.file_id and fresh.audience = a.audience)
    )
    insert into ddp.file_access (file_id, audience, expires_at)
    select fresh.file_id, fresh.audience, fresh.expires_at from fresh
    where not exists (
        select from ddp.file_access b
        where b.file_id = fresh.file_id and b.audience = fresh.audience and b.expires_at = fresh.expires_at
    )
    on conflict (file_id, audience) do update set expires_at = excluded.expires_at;
end
$$;
comment on function ddp.refresh_file_access(uuid[]) is 'Recomputes ddp.file_access of these files.';
revoke all on function ddp.refresh_file_access(uuid[]) from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_changed_shares() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_access(array(
        select distinct c.file_id from changed c where c.shared_with_user_id is not null
    ));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_shares() is
    'Trigger on file_shares; expects the transition table `changed`.';
revoke all on function ddp.refresh_access_of_changed_shares() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_changed_files() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_access(array(
        select c.file_id
        from before b
        join changed c on c.file_id = b.file_id
        where (b.is_public, b.is_brand_asset, b.deleted_at is null)
            is distinct from (c.is_public, c.is_brand_asset, c.deleted_at is null)
    ));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_files() is
    'Trigger on files; expects the transition tables `before` and `changed`.';
revoke all on function ddp.refresh_access_of_changed_files() from public, anon, authenticated, service_role;

create or replace trigger file_access_insert after insert on public.file_shares
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_delete after delete on public.file_shares
    referencing old table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_update_before after update on public.file_shares
    referencing old table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_update_after after update on public.file_shares
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();

create or replace trigger file_access_update after update on public.files
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_access_of_changed_files();

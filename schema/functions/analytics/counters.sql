-- requires: functions/detached_actions.sql
-- Counters on the row they count for, added up in the same transaction, once per statement. Every writer locks the
-- counting rows first, in the order of their keys (otherwise two bulk statements could deadlock), and then counts in
-- another statement, which sees what others committed during the wait: nothing is counted twice or lost.

-- brand_assets.download_count: all downloads of the asset's file, those before it was published too.
create or replace function ddp.downloads_of(p_file_id uuid) returns integer
    -- Not SQL: before PostgreSQL 18 an SQL function keeps its plan until the transaction ends, also if that drops a month.
    language plpgsql stable
    set search_path = ''
as $$
begin
    return (
        select count(*) from public.file_actions a
        where a.file_id = p_file_id and a.action_type = 'DOWNLOAD'
    ) + (
        select coalesce(sum(m.download_count), 0) from ddp.archived_files m where m.file_id = p_file_id
    ) + ddp.detached_downloads_of(p_file_id);
end
$$;
comment on function ddp.downloads_of(uuid) is 'Downloads of a file, those that retention removed included.';
revoke all on function ddp.downloads_of(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.set_download_count() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Waits for downloads that do not see this asset yet, and holds up new ones; see add_downloads.
    perform from public.files f where f.file_id = new.file_id for no key update;
    new.download_count := ddp.downloads_of(new.file_id);
    return new;
end
$$;
comment on function ddp.set_download_count() is 'Trigger on brand_assets: counts the downloads of a new asset, or of one with another file.';
revoke all on function ddp.set_download_count() from public, anon, authenticated, service_role;

create or replace function ddp.add_downloads() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_files constant uuid[] := array(select distinct c.file_id from changed c where c.action_type = 'DOWNLOAD');
begin
    if v_files = '{}' then
        return null;
    end if;
    -- An asset that is being published either counts these downloads itself or exists when the lock is free.
    perform from public.files f where f.file_id = any (v_files) order by f.file_id for share;
    perform from public.brand_assets a where a.file_id = any (v_files) order by a.asset_id for no key update;
    update public.brand_assets a
    set download_count = a.download_count + d.downloads
    from (
        select c.file_id, count(*) as downloads from changed c where c.action_type = 'DOWNLOAD' group by c.file_id
    ) d
    where a.file_id = d.file_id;
    return null;
end
$$;
comment on function ddp.add_downloads() is
    'Trigger on file_actions, once per statement: adds its downloads to the files'' assets. Expects `changed`.';
revoke all on function ddp.add_downloads() from public, anon, authenticated, service_role;

-- campaigns.budget_spent: the sum of the campaign's expenses; budget_reimbursed: of those that pay back what others have already.
create or replace function ddp.add_expenses() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform from public.campaigns c
    where c.campaign_id in (select x.campaign_id from changed x)
    order by c.campaign_id for no key update;
    update public.campaigns c
    set budget_spent = c.budget_spent + tg_argv[0]::integer * s.amount,
        budget_reimbursed = c.budget_reimbursed + tg_argv[0]::integer * s.reimbursed
    from (
        select
            x.campaign_id, sum(x.amount) as amount,
            coalesce(sum(x.amount) filter (where x.is_reimbursement), 0) as reimbursed
        from changed x
        group by x.campaign_id
    ) s
    where c.campaign_id = s.campaign_id;
    return null;
end
$$;
comment on function ddp.add_expenses() is
    'Trigger on campaign_expenses, once per statement: adds its amounts, times the argument (1 or -1), to the campaigns. '
    'Expects `changed`.';
revoke all on function ddp.add_expenses() from public, anon, authenticated, service_role;

create or replace function ddp.recompute_counters() returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_assets uuid[];
    v_campaigns uuid[];
    v_wrong integer;
    v_corrected integer;
begin
    -- Look first without locks. A count that seems wrong may be in the middle of a change, so lock it and count again.
    select array_agg(l.asset_id) into v_assets
    from (
        select a.asset_id from public.brand_assets a where a.download_count <> ddp.downloads_of(a.file_id)
        order by a.asset_id for no key update
    ) l;
    update public.brand_assets a set download_count = ddp.downloads_of(a.file_id)
    where a.asset_id = any (v_assets) and a.download_count <> ddp.downloads_of(a.file_id);
    get diagnostics v_corrected = row_count;

    select array_agg(l.campaign_id) into v_campaigns
    from (
        select c.campaign_id from public.campaigns c
        where (c.budget_spent, c.budget_reimbursed) <> (
            select coalesce(sum(e.amount), 0), coalesce(sum(e.amount) filter (where e.is_reimbursement), 0)
            from public.campaign_expenses e where e.campaign_id = c.campaign_id
        )
        order by c.campaign_id for no key update
    ) l;
    update public.campaigns c set budget_spent = s.amount, budget_reimbursed = s.reimbursed
    from (
        select k.campaign_id, e.amount, e.reimbursed
        from unnest(v_campaigns) k (campaign_id)
        cross join lateral (
            select
                coalesce(sum(e.amount), 0) as amount,
                coalesce(sum(e.amount) filter (where e.is_reimbursement), 0) as reimbursed
            from public.campaign_expenses e where e.campaign_id = k.campaign_id
        ) e
    ) s
    where c.campaign_id = s.campaign_id and (c.budget_spent, c.budget_reimbursed) <> (s.amount, s.reimbursed);
    get diagnostics v_wrong = row_count;
    return v_corrected + v_wrong;
end
$$;
comment on function ddp.recompute_counters() is
    'Recounts every counter from the facts, corrects those that differ, and returns how many did: 0 if all is well. '
    'Locks only rows that seem wrong. For workers.';
revoke all on function ddp.recompute_counters() from public, anon, authenticated, service_role;
grant execute on function ddp.recompute_counters() to service_role;

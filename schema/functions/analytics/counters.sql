-- Counters on the row they count for, added up in the same transaction, set by set. Every writer locks the counting
-- rows first, in the order of their keys (or two bulk statements could lock each other out), and then counts in a
-- statement of its own, which sees what others committed while it waited: so nothing is counted twice or lost.

-- brand_assets.download_count: all downloads of the asset's file, those before it was published too.
create or replace function ddp.downloads_of(p_file_id uuid) returns integer
    language sql stable
    set search_path = ''
as $$
    select (
        (
            select count(*) from public.file_actions a
            where a.file_id = p_file_id and a.action_type = 'DOWNLOAD'
        )
        + (
            select coalesce(sum(m.change), 0) from ddp.archived_metrics m
            where m.entity_type = 'file' and m.entity_id = p_file_id and m.metric_name = 'downloads'
        )
    )::integer
$$;
comment on function ddp.downloads_of(uuid) is 'Downloads of a file, by its actions and by those that retention removed.';
revoke all on function ddp.downloads_of(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.set_download_count() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Keeps out downloads that do not see this asset yet; see add_downloads.
    perform from public.files f where f.file_id = new.file_id for no key update;
    new.download_count := ddp.downloads_of(new.file_id);
    return new;
end
$$;
comment on function ddp.set_download_count() is 'Trigger on brand_assets: a new asset, or one with another file, starts right.';
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
    -- An asset that is being published meanwhile either counts these downloads or is there when the lock is free.
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
    'Trigger on file_actions, once a statement: adds its downloads to the files'' assets. Expects `changed`.';
revoke all on function ddp.add_downloads() from public, anon, authenticated, service_role;

-- campaigns.budget_spent: the sum of the campaign's expenses.
create or replace function ddp.add_expenses() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform from public.campaigns c
    where c.campaign_id in (select x.campaign_id from changed x)
    order by c.campaign_id for no key update;
    update public.campaigns c
    set budget_spent = c.budget_spent + tg_argv[0]::integer * s.amount
    from (select x.campaign_id, sum(x.amount) as amount from changed x group by x.campaign_id) s
    where c.campaign_id = s.campaign_id;
    return null;
end
$$;
comment on function ddp.add_expenses() is
    'Trigger on campaign_expenses, once a statement: adds its amounts, times the argument (1 or -1), to the campaigns. '
    'Expects `changed`.';
revoke all on function ddp.add_expenses() from public, anon, authenticated, service_role;

create or replace function ddp.recompute_counters() returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_assets uuid[];
    v_campaigns uuid[];
    v_wrong integer;
    v_corrected integer;
begin
    -- First a look without locks; what seems wrong may only be under way, so it is locked and counted again.
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
        where c.budget_spent <> (
            select coalesce(sum(e.amount), 0) from public.campaign_expenses e where e.campaign_id = c.campaign_id
        )
        order by c.campaign_id for no key update
    ) l;
    update public.campaigns c set budget_spent = s.amount
    from (
        select k.campaign_id, (
            select coalesce(sum(e.amount), 0) from public.campaign_expenses e where e.campaign_id = k.campaign_id
        ) as amount
        from unnest(v_campaigns) k (campaign_id)
    ) s
    where c.campaign_id = s.campaign_id and c.budget_spent <> s.amount;
    get diagnostics v_wrong = row_count;
    return v_corrected + v_wrong;
end
$$;
comment on function ddp.recompute_counters() is
    'Counts every counter again from the facts, corrects what differs, and returns how many did: 0 if all is well. '
    'Locks only rows that seem wrong.';
revoke all on function ddp.recompute_counters() from public, anon, authenticated, service_role;

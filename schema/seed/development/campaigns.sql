-- Campaigns of brands, the retailers in them, and templates.

-- name: campaigns
insert into public.campaigns
    (campaign_id, campaign_name, campaign_description, campaign_status, created_by_user_id, start_date, end_date,
     budget_allocated, target_audience, is_open, created_at, updated_at)
select pg_temp.id('campaign', n), name || ' ' || extract(year from starts)::integer, 'A campaign for ' || name || '.',
    (case
        when n %% 17 = 0 then 'draft'
        when n %% 19 = 0 then 'paused'
        when ends < %(until)s::timestamptz - interval '180 days' then 'archived'
        when ends < %(until)s then 'completed'
        else 'active'
    end)::public.campaign_status,
    pg_temp.id('user', 1 + (n - 1) %% %(brands)s), starts, ends, budget,
    jsonb_build_object('countries', array['CH', 'DE', 'FR']), n %% 3 = 0, starts - interval '30 days', starts - interval '30 days'
from (
    select n, starts, starts + interval '45 days' as ends, (2000 + 500 * pg_temp.pick(n, 'budget', 90))::numeric as budget,
        (array['Spring launch', 'Summer on the water', 'Autumn tailoring', 'Gifts of the season', 'Anniversary'])
            [1 + pg_temp.pick(n, 'name', 5)] as name
    from (
        select n, %(until)s::timestamptz - interval '370 days' + pg_temp.chance(n, 'starts') * interval '360 days' as starts
        from generate_series(1, %(campaigns)s) n
    ) dated
) campaigns;

-- name: campaign_expenses
insert into public.campaign_expenses (expense_id, campaign_id, amount, description, created_by_user_id, created_at)
select pg_temp.id('expense', n), c.campaign_id,
    round(c.budget_allocated * (0.05 + 0.15 * pg_temp.chance(n, 'amount'))::numeric, 2),
    (array['Photography', 'Printing', 'Placement', 'Samples'])[1 + n %% 4], c.created_by_user_id,
    c.start_date + pg_temp.chance(n, 'spent') * interval '10 days'
from generate_series(1, %(campaigns)s * 4) n
join public.campaigns c on c.campaign_id = pg_temp.id('campaign', 1 + (n - 1) / 4)
where c.start_date < %(until)s::timestamptz - interval '10 days';

-- name: campaign_participants
insert into public.campaign_participants (campaign_id, retailer_id, joined_at)
select pg_temp.id('campaign', campaign),
    -- A random start and then its neighbours, so that no retailer is taken twice.
    pg_temp.id('user', 1 + %(brands)s + (pg_temp.pick(campaign, 'first', %(retailers)s) + seat) %% %(retailers)s),
    c.start_date - pg_temp.chance(campaign * 1000 + seat, 'joined') * interval '20 days'
from generate_series(1, %(campaigns)s) campaign
join public.campaigns c on c.campaign_id = pg_temp.id('campaign', campaign) and c.campaign_status <> 'draft'
cross join generate_series(0, %(participants)s - 1) seat;

-- name: templates
insert into public.templates
    (template_id, template_name, template_type, template_content, created_by_user_id, is_active, version,
     parent_template_id, created_at, updated_at)
select pg_temp.id('template', n), (array['Launch', 'Invitation', 'Newsletter', 'Reminder'])[1 + base %% 4] || ' ' || base,
    (array['email', 'email', 'sms', 'social', 'web', 'print'])[1 + base %% 6]::public.template_type,
    jsonb_build_object('subject', 'New: {{ model }}', 'body', 'Dear {{ name }}, come and see it.'),
    pg_temp.id('user', 1 + (base - 1) %% %(brands)s), n %% 9 <> 0,
    -- The second half are new versions of the first.
    case when n > base then 2 else 1 end, case when n > base then pg_temp.id('template', base) end, made_at, made_at
from (
    select n, 1 + (n - 1) %% (%(templates)s / 2) as base,
        %(until)s::timestamptz - interval '2 years' + n * (interval '700 days' / %(templates)s) as made_at
    from generate_series(1, %(templates)s) n
) templates;

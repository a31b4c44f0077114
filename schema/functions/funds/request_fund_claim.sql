-- requires: functions/campaign_funds.sql, functions/lock_files.sql, policies/fund_claim_files.sql

create or replace function ddp.sent_in_campaign(
    p_campaign_id uuid, p_retailer_id uuid, out emails_sent bigint, out sms_sent bigint, out posts_published bigint
)
    language sql stable
    set search_path = ''
as $$
    select
        (
            select count(*) from public.email_campaigns m
            join public.email_sends s on s.email_campaign_id = m.email_campaign_id
            where m.campaign_id = p_campaign_id and m.created_by_user_id = p_retailer_id and s.accepted_attempts <> 0
        ), (
            select count(*) from public.sms_campaigns m
            join public.sms_sends s on s.sms_campaign_id = m.sms_campaign_id
            where m.campaign_id = p_campaign_id and m.created_by_user_id = p_retailer_id and s.accepted_attempts <> 0
        ), (
            select count(*) from public.social_posts p
            where p.campaign_id = p_campaign_id and p.created_by_user_id = p_retailer_id and p.status = 'published'
        )
$$;
comment on function ddp.sent_in_campaign(uuid, uuid) is
    'By the ledgers: messages of a retailer in a campaign that a provider accepted, and posts that were published.';

create or replace function ddp.booked_and_not_claimed(p_fund public.campaign_funds) returns numeric
    language sql stable
    set search_path = ''
as $$
    select greatest(0, (
        select coalesce(sum(e.amount), 0) from public.campaign_expenses e
        where e.campaign_id = p_fund.campaign_id and e.created_by_user_id = p_fund.retailer_id and e.fund_claim_id is null
    ) - (
        select coalesce(sum(c.cost), 0) from public.fund_claims c
        where c.fund_id = p_fund.fund_id and c.covers = 'messages' and c.state in ('requested', 'approved', 'paid')
    ))
$$;
comment on function ddp.booked_and_not_claimed(public.campaign_funds) is
    'What messages and posts of the fund''s retailer cost by the campaign''s expenses, less the costs that it has claimed.';

create or replace function ddp.check_fund_claim(p_cost numeric, p_description text, p_file_ids uuid[], p_retailer_id uuid)
    returns void
    language plpgsql
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_cost > 0 and p_cost <= 9999999999.99 and p_cost = round(p_cost, 2), 'PT422',
        'A cost is above 0, and has at most ten digits and two decimals.', '{"code": "invalid-amount"}'
    );
    perform ddp.require(
        coalesce(length(p_description), 0) <= 2000, 'PT422', 'A description has at most 2,000 characters.',
        '{"code": "invalid-description"}'
    );
    perform ddp.require(
        p_file_ids is not null and cardinality(p_file_ids) <= 20 and array_position(p_file_ids, null) is null, 'PT422',
        'A claim has at most 20 files.', '{"code": "too-many-files"}'
    );
    -- Not those of others, even if they are visible: the brand would see them through the claim.
    perform ddp.lock_files(p_file_ids);
    perform ddp.require(
        not exists (
            select from unnest(p_file_ids) g (file_id)
            where not exists (
                select from public.files f
                where f.file_id = g.file_id and f.created_by_user_id = p_retailer_id and f.deleted_at is null
            )
        ), 'PT404', 'You have no such file: a claim is proved by live files of your own.', '{"code": "file-not-found"}'
    );
end
$$;
comment on function ddp.check_fund_claim(numeric, text, uuid[], uuid) is
    'PT422 or PT404 unless a retailer may claim this cost with these files, which are locked.';

create or replace function public.request_fund_claim(
    p_campaign_id uuid, p_cost numeric, p_covers public.fund_claim_covers default 'other', p_description text default null,
    p_file_ids uuid[] default '{}'
) returns public.fund_claims
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_retailer_id constant uuid := ddp.require_owner();
    v_campaign constant public.campaigns := ddp.visible_campaign(p_campaign_id);
    v_sent constant record := ddp.sent_in_campaign(p_campaign_id, v_retailer_id);
    v_fund public.campaign_funds;
    v_claim public.fund_claims;
    v_amount numeric;
    v_left numeric;
begin
    perform ddp.require(p_covers is not null, 'PT422', 'Say what the cost was for.', '{"code": "covers-missing"}');
    -- Files first, then the fund: who changes a file never waits for a fund.
    perform ddp.check_fund_claim(p_cost, p_description, p_file_ids, v_retailer_id);
    update public.campaign_funds f set updated_at = now()
    where f.campaign_id = p_campaign_id and f.retailer_id = v_retailer_id
    returning f.* into v_fund;
    perform ddp.require(
        found, 'PT404', 'The brand has no fund for you in this campaign: ask it to set one.', '{"code": "fund-not-found"}'
    );
    v_left := ddp.booked_and_not_claimed(v_fund);
    perform ddp.require(
        p_covers = 'other' or p_cost <= v_left, 'PT409',
        format(
            'You can claim at most %s: that much of what your messages and posts in this campaign cost is booked and not claimed yet.',
            v_left
        ),
        jsonb_build_object('code', 'cost-not-booked', 'left', v_left)
    );
    v_amount := round(p_cost * v_fund.share_percent / 100, 2);
    perform ddp.require(
        v_amount > 0, 'PT422', format('%s percent of this cost rounds to 0.00: claim several costs together.', v_fund.share_percent),
        '{"code": "invalid-amount"}'
    );
    v_left := v_fund.allotment - ddp.claimed_of_fund(v_fund.fund_id);
    perform ddp.require(
        v_amount <= v_left, 'PT409',
        format('This claim is for %s, and %s is left of the allotment: claim less, or ask the brand for more.', v_amount, v_left),
        jsonb_build_object('code', 'allotment-passed', 'amount', v_amount, 'left', v_left)
    );
    insert into public.fund_claims (
        fund_id, campaign_id, retailer_id, campaign_owner_id, covers, cost, share_percent, amount, description, emails_sent,
        sms_sent, posts_published
    )
    values (
        v_fund.fund_id, p_campaign_id, v_retailer_id, v_fund.campaign_owner_id, p_covers, p_cost, v_fund.share_percent, v_amount,
        p_description, v_sent.emails_sent, v_sent.sms_sent, v_sent.posts_published
    )
    returning * into v_claim;
    insert into public.fund_claim_files (claim_id, file_id, retailer_id, campaign_owner_id)
    select distinct v_claim.claim_id, g.file_id, v_retailer_id, v_fund.campaign_owner_id from unnest(p_file_ids) g (file_id);
    perform ddp.note_fund_claim(v_claim);
    return v_claim;
end
$$;
comment on function public.request_fund_claim(uuid, numeric, public.fund_claim_covers, text, uuid[]) is
    'Claims the brand''s share of a cost in a campaign, proved by up to 20 own live files, which the brand may then see. What was '
    'sent is taken from the ledgers, and frozen. PT409 with what is left if the allotment would be passed. For the acting '
    'retailer''s owners.';

create or replace function ddp.note_fund_claim(p_claim public.fund_claims) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.add_notices(jsonb_build_array(jsonb_build_object(
        'user_id', case when p_claim.state in ('requested', 'withdrawn') then p_claim.campaign_owner_id else p_claim.retailer_id end,
        'cause', 'fund-claim-' || p_claim.state, 'subject_type', 'fund_claim', 'subject_id', p_claim.claim_id,
        'detail', jsonb_build_object('campaign_id', p_claim.campaign_id)
    )))
$$;
comment on function ddp.note_fund_claim(public.fund_claims) is 'Tells the other side what became of a claim.';

revoke all on function
    ddp.sent_in_campaign(uuid, uuid), ddp.booked_and_not_claimed(public.campaign_funds),
    ddp.check_fund_claim(numeric, text, uuid[], uuid), ddp.note_fund_claim(public.fund_claims),
    public.request_fund_claim(uuid, numeric, public.fund_claim_covers, text, uuid[])
    from public, anon, authenticated, service_role;
grant execute on function public.request_fund_claim(uuid, numeric, public.fund_claim_covers, text, uuid[]) to authenticated;

-- requires: functions/check_ab_test.sql
-- What the numbers of an A/B test say. The best variant is compared with each other one by a two-proportion z-test; where there
-- are several, Holm's correction keeps the chance of any false difference at 5 %. PostgreSQL before 16 has no erfc().

create or replace function ddp.two_sided_p(p_z double precision) returns double precision
    language sql immutable
    set search_path = ''
as $$
    -- erfc(|z| / sqrt(2)), by the Chebyshev fit of Numerical Recipes (erfcc): off by less than 1.2e-7 of its value.
    select case when abs(p_z) > 30 then 0 else t.t * exp(
        -t.x * t.x - 1.26551223 + t.t * (1.00002368 + t.t * (0.37409196 + t.t * (0.09678418 + t.t * (-0.18628806
        + t.t * (0.27886807 + t.t * (-1.13520398 + t.t * (1.48851587 + t.t * (-0.82215223 + t.t * 0.17087277))))))))
    ) end
    from (
        select x.x, 1 / (1 + 0.5 * x.x) as t from (values (abs(p_z) / sqrt(2::double precision))) x (x)
    ) t
$$;
comment on function ddp.two_sided_p(double precision) is
    'How likely a normal variable is at least this far from 0, on either side: 0.05 for 1.96.';

create or replace function ddp.compare_variants(p_metric text, p_numbers jsonb)
    returns table (
        place bigint, variant text, delivered bigint, hits bigint, rate numeric, z double precision, p double precision,
        is_enough boolean
    )
    language sql immutable
    set search_path = ''
as $$
    with counted as (
        select
            n.variant, n.delivered::double precision as delivered,
            least(case p_metric when 'clicks' then n.clicked else n.converted end, n.delivered)::double precision as hits
        from jsonb_to_recordset(p_numbers) n (variant text, delivered bigint, clicked bigint, converted bigint)
    ), ranked as (
        select c.*, coalesce(c.hits / nullif(c.delivered, 0), 0) as rate,
            row_number() over (order by coalesce(c.hits / nullif(c.delivered, 0), 0) desc, c.variant) as place
        from counted c
    ), pooled as (
        select r.*, best.delivered as best_delivered, best.rate as best_rate,
            (r.hits + best.hits) / nullif(r.delivered + best.delivered, 0) as both
        from ranked r
        join ranked best on best.place = 1
    )
    select
        k.place, k.variant, k.delivered::bigint, k.hits::bigint, round(k.rate::numeric, 6),
        case when k.place > 1 then e.z end, case when k.place > 1 then ddp.two_sided_p(e.z) end,
        -- The test is right only where each side may expect five of both.
        coalesce(least(k.delivered, k.best_delivered) * least(k.both, 1 - k.both) >= 5, false)
    from pooled k
    cross join lateral (
        select coalesce(
            (k.best_rate - k.rate)
            / nullif(sqrt(k.both * (1 - k.both) * (1 / nullif(k.delivered, 0) + 1 / nullif(k.best_delivered, 0))), 0),
            0
        ) as z
    ) e
    order by k.place
$$;
comment on function ddp.compare_variants(text, jsonb) is
    'The variants, the best first, and how each other one compares with it. hits: clicks or conversions; is_enough: whether '
    'there are so many messages and hits that the comparison means something.';

create or replace function ddp.evaluate_ab_test(p_metric text, p_numbers jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    with compared as (
        select c.*,
            -- Holm: the smallest p is held to the strictest threshold.
            0.05 / (count(*) filter (where c.place > 1) over () + 1
                - row_number() over (partition by c.place > 1 order by c.p, c.place)) as threshold
        from ddp.compare_variants(p_metric, p_numbers) c
    ), said as (
        select
            bool_and(c.is_enough and c.p <= c.threshold) filter (where c.place > 1) as is_clear,
            bool_and(c.is_enough) filter (where c.place > 1) as is_enough,
            max(c.variant) filter (where c.place = 1) as best,
            string_agg(
                format(
                    case c.place when 1 then '%s had %s %% %s' else '%s %s %%' end,
                    c.variant, round(100 * c.rate, 1), p_metric
                ), ', ' order by c.place
            ) as rates,
            jsonb_agg(
                jsonb_build_object(
                    'variant', c.variant, 'z', round(c.z::numeric, 4), 'p', round(c.p::numeric, 8),
                    'threshold', round(c.threshold, 6), 'is_different', c.is_enough and c.p <= c.threshold
                ) order by c.place
            ) filter (where c.place > 1) as comparisons
        from compared c
    )
    select jsonb_build_object(
        'metric', p_metric, 'numbers', p_numbers, 'best', s.best, 'is_clear', s.is_clear, 'confidence_percent', 95,
        'comparisons', s.comparisons,
        'words', s.rates || case
            when s.is_clear then '; at 95 % that is a real difference.'
            when s.is_enough then '; at 95 % that is too little difference to tell.'
            else format('; these are too few messages and %s to tell.', p_metric)
        end
    )
    from said s
$$;
comment on function ddp.evaluate_ab_test(text, jsonb) is
    'What the numbers of the variants say: best, whether it is better than each other one (is_clear), the comparisons with each '
    '(z, p, threshold), and all of it in words. p_numbers: variant, delivered, clicked and converted of each.';
revoke all on function
    ddp.two_sided_p(double precision), ddp.compare_variants(text, jsonb), ddp.evaluate_ab_test(text, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.two_sided_p(double precision), ddp.compare_variants(text, jsonb), ddp.evaluate_ab_test(text, jsonb)
    to service_role;

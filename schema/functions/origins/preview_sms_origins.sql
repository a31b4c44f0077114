-- requires: functions/plan_origins.sql, functions/own_email_plan.sql, functions/clock_allowed_from.sql
-- What a draft's messages would come from and cost, before anything is planned.

create or replace function ddp.plan_of_draft(p_message public.sms_campaigns) returns public.send_plans
    language sql immutable
    set search_path = ''
    return jsonb_populate_record(null::public.send_plans, jsonb_build_object(
        'created_by_user_id', p_message.created_by_user_id, 'sender', p_message.sender_number,
        'message_type', p_message.message_type, 'dlt_template_id', p_message.dlt_template_id
    ));
comment on function ddp.plan_of_draft(public.sms_campaigns) is
    'What of a plan decides where its messages come from, as the draft has it.';

create or replace function public.preview_sms_origins(p_sms_campaign_id uuid, p_countries text[])
    returns table (
        country text, identity text, kind text, price_per_part numeric, opt_out text, is_two_way boolean,
        problem text, windows jsonb
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_plan constant public.send_plans := ddp.plan_of_draft(ddp.own_sms_campaign(p_sms_campaign_id));
begin
    perform ddp.require(
        cardinality(p_countries) <= 300, 'PT422', 'Give at most 300 countries.', '{"code": "invalid-country"}'
    );
    return query
    select
        c.country, o.identity::text, o.kind::text, o.price_per_part, o.opt_out::text, o.is_two_way,
        case when o.identity is null then
            case when i.origination_identity_id is null then 'no-sender' else 'no-price' end
        end,
        case v_plan.message_type when 'promotional' then (
            select jsonb_agg(
                jsonb_build_object(
                    'days', w.days, 'opens', left(w.opens::text, 5), 'closes', left(w.closes::text, 5),
                    'on_holidays', w.on_holidays, 'status', w.status,
                    'has_regions', exists (
                        select from public.sending_windows r where r.country = c.country and r.region <> ''
                    )
                )
                order by w.days, w.opens
            )
            from ddp.windows_of_place(c.country, null) w
            where w.valid_from = (
                select max(e.valid_from) from ddp.windows_of_place(c.country, null) e where e.valid_from <= current_date
            )
        ) end
    from (select distinct u.country from unnest(p_countries) u (country)) c
    left join lateral ddp.plan_origin(v_plan, c.country) i on true
    left join lateral ddp.sms_origins(v_plan, array[c.country]) o on true
    order by c.country;
end
$$;
comment on function public.preview_sms_origins(uuid, text[]) is
    'What messages of an own draft to these countries would come from, what a part costs in US dollars, what {{ opt_out }} '
    'says (empty: a link), and when promotional ones may go; `problem` is no-sender or no-price where none can.';
revoke all on function ddp.plan_of_draft(public.sms_campaigns), public.preview_sms_origins(uuid, text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.plan_of_draft(public.sms_campaigns) to service_role;
grant execute on function public.preview_sms_origins(uuid, text[]) to authenticated;

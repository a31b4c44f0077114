create or replace function ddp.first_kept_day(p_entity_type text) returns date
    language sql stable
    set search_path = ''
as $$
    select coalesce((select k.first_day from ddp.kept_since k where k.entity_type = p_entity_type), '-infinity')
$$;
comment on function ddp.first_kept_day(text) is
    'From this day on all facts are there. What daily_analytics says of the days before is final. Call it in a '
    'sub-select: once per statement.';

create or replace function ddp.counted_entity(p_entity_type text, p_metric_name text) returns text
    language sql immutable
    set search_path = ''
as $$
    select case
        when p_entity_type in ('user', 'platform') then case
            when p_metric_name in ('actions', 'active_users') or p_metric_name like '%\_made' then 'file'
            else coalesce(substring(p_metric_name from '^(file|email_campaign|sms_campaign|social_post|campaign|user)_'), p_entity_type)
        end
        else p_entity_type
    end
$$;
comment on function ddp.counted_entity(text, text) is
    'What a line of daily_analytics counts: a sum of a user or the platform counts its entities'' facts.';
revoke all on function ddp.first_kept_day(text), ddp.counted_entity(text, text) from public, anon, authenticated, service_role;

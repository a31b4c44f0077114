-- requires: functions/visible_file.sql

create or replace function public.calculate_file_engagement_score(p_file_id uuid) returns numeric
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.visible_file(p_file_id);
    v_weight numeric;
begin
    perform ddp.require(
        v_file.created_by_user_id = ddp.active_user_id() or ddp.active_user_type() = 'admin', 'PT403',
        'Only the owner of this file can see its score.', '{"code": "not-owner"}'
    );
    select coalesce(sum(
        case a.action_type when 'VIEW' then 1 when 'DOWNLOAD' then 3 else 5 end
        * 0.5 ^ (extract(epoch from now() - a.action_timestamp) / (30 * 86400))
    ), 0)
    into v_weight
    from public.file_actions a
    where a.file_id = p_file_id
        and a.action_timestamp between now() - interval '90 days' and now()
        and a.action_type in ('VIEW', 'DOWNLOAD', 'SHARE')
        and a.user_id is distinct from v_file.created_by_user_id;
    return round(100 * v_weight / (v_weight + 50), 2);
end
$$;
comment on function public.calculate_file_engagement_score(uuid) is
    'How much others did with a file in the last 90 days, from 0 to 100: w / (w + 50), where each view weighs 1, each '
    'download 3 and each share 5, halved every 30 days. What its owner did does not count. For the owner and '
    'administrators.';
revoke all on function public.calculate_file_engagement_score(uuid) from public, anon, authenticated, service_role;
grant execute on function public.calculate_file_engagement_score(uuid) to authenticated;

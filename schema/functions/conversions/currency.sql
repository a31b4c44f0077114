-- requires: functions/require_active_user.sql

create or replace function ddp.currency() returns varchar
    language sql stable security definer
    set search_path = ''
as $$
    select s.currency from ddp.platform_settings s
$$;
comment on function ddp.currency() is 'The platform''s currency.';
revoke all on function ddp.currency() from public, anon, authenticated, service_role;
grant execute on function ddp.currency() to authenticated, service_role;

create or replace function public.set_currency(p_currency text) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_active_user();
    perform ddp.require(
        ddp.active_admin_id() is not null, 'PT403', 'Only administrators can do that.', '{"code": "not-an-admin"}'
    );
    perform ddp.require(
        coalesce(p_currency ~ '^[A-Z]{3}$', false), 'PT422', 'A currency has three capital letters, such as EUR.',
        '{"code": "invalid-currency"}'
    );
    lock table public.conversions in share row exclusive mode;
    perform ddp.require(
        not exists (select from public.conversions) and not exists (select from ddp.archived_conversions), 'PT409',
        'There are orders already: their values would change their meaning.', '{"code": "currency-in-use"}'
    );
    update ddp.platform_settings s set currency = p_currency;
end
$$;
comment on function public.set_currency(text) is
    'Sets the platform''s currency, before the first order is recorded. For administrators.';
revoke all on function public.set_currency(text) from public, anon, authenticated, service_role;
grant execute on function public.set_currency(text) to authenticated;

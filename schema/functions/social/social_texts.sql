-- requires: functions/slots.sql
-- What the text of a post owes to its template.

create or replace function ddp.has_variables(p_content jsonb) returns boolean
    language sql immutable
    set search_path = ''
    return concat(p_content ->> 'text', p_content ->> 'title') ~ '\{[{%]';
comment on function ddp.has_variables(jsonb) is 'Whether the content of a template for social posts is to be filled in.';

create or replace function ddp.needs_data(p_template public.templates) returns boolean
    language sql immutable
    set search_path = ''
as $$
    -- What is locked gets no data: the rest is empty in it.
    select not p_template.is_locked and regexp_replace(
        concat(p_template.template_content ->> 'text', p_template.template_content ->> 'title'),
        '\{\{-?\s*(slot|sender)\.[a-z][a-z0-9_]*\s*-?\}\}', '', 'g'
    ) ~ '\{[{%]'
$$;
comment on function ddp.needs_data(public.templates) is
    'Whether a template for social posts shows more than its slots and its sender, which whoever makes a post has to give.';

revoke all on function ddp.has_variables(jsonb), ddp.needs_data(public.templates)
    from public, anon, authenticated, service_role;
grant execute on function ddp.has_variables(jsonb) to service_role;

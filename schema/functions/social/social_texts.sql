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

-- The HTTP functions fill in an open template with data: they store a text that cannot be told from one of a person's own.
create or replace function ddp.note_own_text() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_template public.templates;
begin
    select t.* into v_template from public.templates t where t.template_id = new.template_id;
    new.replaces_template := not new.is_composed and case
        when v_template.is_locked then true
        when ddp.has_variables(v_template.template_content) then tg_op = 'UPDATE' or session_user <> 'ddp_api'
        else btrim(new.post_content, E' \t\r\n') is distinct from btrim(v_template.template_content ->> 'text', E' \t\r\n')
    end;
    return new;
end
$$;
comment on function ddp.note_own_text() is
    'Trigger on posts that have a template and a text: notes whether that is another text than the template''s.';

revoke all on function ddp.has_variables(jsonb), ddp.needs_data(public.templates), ddp.note_own_text()
    from public, anon, authenticated, service_role;
grant execute on function ddp.has_variables(jsonb) to service_role;

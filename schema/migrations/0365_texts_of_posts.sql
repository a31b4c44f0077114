-- Posts count as uses of their template, unless they have another text.

alter table public.social_posts add column replaces_template boolean not null default false;
comment on column public.social_posts.replaces_template is
    'Whether it has another text than its template, and so is not counted as a use of it. Kept by trigger.';
comment on column public.social_posts.is_composed is
    'Whether text and title are composed from the template and its slots when it is scheduled, and not written by a person.';

-- A text that was filled in cannot be told from one of a person's own.
update public.social_posts p set replaces_template = true
from public.templates t
where t.template_id = p.template_id and not p.is_composed and p.post_content is not null
    and (
        t.is_locked
        or concat(t.template_content ->> 'text', t.template_content ->> 'title') !~ '\{[{%]'
        and btrim(p.post_content, E' \t\r\n') is distinct from btrim(t.template_content ->> 'text', E' \t\r\n')
    );

-- requires: functions/social_steps.sql, functions/notices.sql
-- What becomes of a part of a post. The caller has locked the post. Each returns the notice that its owner gets, or null.

create or replace function ddp.social_notice(p_post_id uuid, p_cause text) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'user_id', p.created_by_user_id, 'cause', p_cause, 'subject_type', 'social_account', 'subject_id', p.account_id,
        'detail', jsonb_build_object('posts', jsonb_build_array(p_post_id))
    )
    from public.social_posts p where p.post_id = p_post_id
$$;
comment on function ddp.social_notice(uuid, text) is 'A notice about a post, as ddp.add_notices takes it.';

create or replace function ddp.set_social_step(p_post_id uuid, p_step text, p_due_at timestamptz) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.social_work (post_id, step, due_at) values (p_post_id, p_step, p_due_at)
    on conflict (post_id) do update
    set step = excluded.step, due_at = excluded.due_at, queued_until = null, leased_until = null, worker = null,
        attempts = 0, lost = 0
$$;
comment on function ddp.set_social_step(uuid, text, timestamptz) is 'The next step of a post; whoever had the last one has it no longer.';

create or replace function ddp.publish_social_part(
    p_post_id uuid, p_part_no integer, p_external_id text, p_permalink text, p_at timestamptz
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update public.social_post_parts t
    set status = 'published', external_id = coalesce(t.external_id, left(p_external_id, 255)),
        permalink = coalesce(t.permalink, left(p_permalink, 2000)), published_at = coalesce(t.published_at, p_at),
        error_code = null, error_reason = null
    where t.post_id = p_post_id and t.part_no = p_part_no;
    delete from ddp.social_checkpoints c where c.post_id = p_post_id and c.part_no = p_part_no;
    if p_part_no = 0 then
        update public.social_posts p
        set status = 'published', published_at = coalesce(p.published_at, p_at),
            permalink = coalesce(p.permalink, left(p_permalink, 2000)),
            -- That it is out is never lost because the platform named another post by the same id.
            external_post_id = coalesce(p.external_post_id, case when not exists (
                select from public.social_posts o
                where o.account_id = p.account_id and o.external_post_id = left(p_external_id, 255)
            ) then left(p_external_id, 255) end),
            problems = '[]', error_code = null, error_reason = null
        where p.post_id = p_post_id;
    end if;
    delete from ddp.social_work w where w.post_id = p_post_id;
    insert into ddp.social_work (post_id, step, due_at)
    select t.post_id, 'comment', now() from public.social_post_parts t
    where t.post_id = p_post_id and t.part_no = 1 and t.status = 'waiting' and p_part_no = 0;
end
$$;
comment on function ddp.publish_social_part(uuid, integer, text, text, timestamptz) is
    'It is out, whatever was believed before; after the post comes its first comment.';

create or replace function ddp.fail_social_part(p_post_id uuid, p_part_no integer, p_code text, p_reason text) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update public.social_post_parts t
    set status = 'failed', error_code = left(p_code, 50), error_reason = left(p_reason, 500)
    where t.post_id = p_post_id and t.part_no = p_part_no and t.status <> 'published';
    if not found then
        return null;
    end if;
    delete from ddp.social_work w where w.post_id = p_post_id;
    delete from ddp.social_checkpoints c where c.post_id = p_post_id and c.part_no = p_part_no;
    update public.social_posts p
    set status = 'failed', error_code = left(p_code, 50), error_reason = left(p_reason, 500)
    where p_part_no = 0 and p.post_id = p_post_id;
    return ddp.social_notice(
        p_post_id, case p_part_no when 0 then 'social-post-failed' else 'social-comment-failed' end
    );
end
$$;
comment on function ddp.fail_social_part(uuid, integer, text, text) is 'It will certainly not go out by itself. What is published stays so.';

create or replace function ddp.unconfirm_social_part(p_post_id uuid, p_part_no integer, p_code text, p_reason text)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update public.social_post_parts t
    set status = 'unconfirmed', error_code = left(p_code, 50), error_reason = left(p_reason, 500)
    where t.post_id = p_post_id and t.part_no = p_part_no and t.status <> 'published';
    if not found then
        return;
    end if;
    update public.social_posts p
    set status = 'unconfirmed', error_code = left(p_code, 50), error_reason = left(p_reason, 500)
    where p_part_no = 0 and p.post_id = p_post_id;
    perform ddp.set_social_step(p_post_id, 'settle', clock_timestamp() + ddp.social_read_after(0));
end
$$;
comment on function ddp.unconfirm_social_part(uuid, integer, text, text) is
    'A call ended, and whether it published anything is not known: the platform is asked soon.';

create or replace function ddp.confirm_social_part(p_post_id uuid, p_due_at timestamptz) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if exists (
        select from public.social_post_parts t
        where t.post_id = p_post_id and t.part_no = 0 and t.status = 'calling'
    ) then
        perform ddp.set_social_step(p_post_id, 'confirm', p_due_at);
    end if;
end
$$;
comment on function ddp.confirm_social_part(uuid, timestamptz) is
    'The platform took the post, and publishes it in its own time: it is asked then what became of it. Until then the post is `publishing`.';

create or replace function ddp.social_read_after(p_reads integer) returns interval
    language sql immutable
    set search_path = ''
    return (array['1 minute', '5 minutes', '15 minutes', '60 minutes']::interval[])[p_reads + 1];
comment on function ddp.social_read_after(integer) is
    'How long after a call without a known end the platform is asked what became of it, after so many reads; null: no more.';

create or replace function ddp.ready_social_part(p_post_id uuid, p_part_no integer, p_due_at timestamptz) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update public.social_post_parts t set status = 'waiting', error_code = null, error_reason = null
    where t.post_id = p_post_id and t.part_no = p_part_no and t.status <> 'published';
    if not found then
        return;
    end if;
    update public.social_posts p set status = 'ready', error_code = null, error_reason = null
    where p_part_no = 0 and p.post_id = p_post_id;
    perform ddp.set_social_step(p_post_id, case p_part_no when 0 then 'finalise' else 'comment' end, p_due_at);
end
$$;
comment on function ddp.ready_social_part(uuid, integer, timestamptz) is
    'It was certainly not published, and is tried again then. It is missed if that is too late.';

create or replace function ddp.prepare_social_post_again(p_post_id uuid) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    delete from ddp.social_checkpoints c where c.post_id = p_post_id;
    update public.social_posts p set status = 'scheduled' where p.post_id = p_post_id;
    perform ddp.set_social_step(p_post_id, 'prepare', clock_timestamp());
end
$$;
comment on function ddp.prepare_social_post_again(uuid) is
    'Takes a post (locked, not yet called) from whoever prepares it: it is scheduled as before its preparation, which begins anew.';

create or replace function ddp.miss_social_post(p_post_id uuid) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
begin
    delete from ddp.social_work w where w.post_id = p_post_id;
    delete from ddp.social_checkpoints c where c.post_id = p_post_id;
    update public.social_posts p
    set status = 'missed', error_code = 'missed',
        error_reason = case (select a.status from public.social_accounts a where a.account_id = p.account_id)
            when 'active' then left(
                'It could not go out within an hour of its time.' || coalesce(' ' || p.error_reason, ''), 500
            )
            else 'Its account had to be connected again, and was not within an hour of its time.'
        end
    where p.post_id = p_post_id;
    return ddp.social_notice(p_post_id, 'social-post-missed');
end
$$;
comment on function ddp.miss_social_post(uuid) is 'Its time is over, and nothing of it was published.';

revoke all on function
    ddp.social_notice(uuid, text), ddp.set_social_step(uuid, text, timestamptz),
    ddp.publish_social_part(uuid, integer, text, text, timestamptz), ddp.fail_social_part(uuid, integer, text, text),
    ddp.unconfirm_social_part(uuid, integer, text, text), ddp.confirm_social_part(uuid, timestamptz),
    ddp.social_read_after(integer),
    ddp.ready_social_part(uuid, integer, timestamptz), ddp.prepare_social_post_again(uuid), ddp.miss_social_post(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.social_notice(uuid, text), ddp.set_social_step(uuid, text, timestamptz),
    ddp.publish_social_part(uuid, integer, text, text, timestamptz), ddp.fail_social_part(uuid, integer, text, text),
    ddp.unconfirm_social_part(uuid, integer, text, text), ddp.confirm_social_part(uuid, timestamptz),
    ddp.social_read_after(integer),
    ddp.ready_social_part(uuid, integer, timestamptz), ddp.miss_social_post(uuid)
    to service_role;

create or replace function ddp.note_first_join() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if new.participant_state = 'accepted' and new.first_joined_at is null then
        -- Who takes part or has left since the release before joined then; who was only invited joins now.
        new.first_joined_at := case
            when tg_op = 'UPDATE' and old.participant_state <> 'invited' then old.joined_at
            else new.joined_at
        end;
    end if;
    return new;
end
$$;
comment on function ddp.note_first_join() is
    'Trigger on campaign_participants: keeps when the retailer joined first, through leaving and joining again.';
revoke all on function ddp.note_first_join() from public, anon, authenticated, service_role;

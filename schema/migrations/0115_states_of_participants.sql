-- A brand can only invite a retailer to a campaign; the retailer decides. Who takes part already, takes part.

create type public.participant_state as enum ('invited', 'accepted', 'left');
comment on type public.participant_state is
    'A retailer''s part in a campaign: invited by the campaign''s creator, taking part, or no longer (declined or left). '
    'Only `accepted` takes part.';

alter table public.campaign_participants
    add column participant_state public.participant_state not null default 'accepted',
    add column state_changed_at timestamptz;
comment on column public.campaign_participants.participant_state is 'Only who has accepted takes part.';
comment on column public.campaign_participants.joined_at is 'When the retailer joined; until it has accepted: was invited.';
comment on column public.campaign_participants.state_changed_at is 'When the state changed last; null: never since joined_at.';
comment on table public.campaign_participants is
    'Retailers that take part in a campaign and so may see it (accepted), are invited to it, or have left it.';

-- transaction: none
-- One row a user agent and screen. Agents have no limit of length and an index entry does: hence the hash.
create unique index concurrently if not exists devices_user_agent_key
    on public.devices (md5(user_agent), screen_resolution) nulls not distinct where user_agent is not null;

-- transaction: none
-- One row per reason for which an address is suppressed; 0091 makes it the table's key.
create unique index concurrently if not exists suppressions_reason_key
    on public.suppressions (address_hash, channel, owner_user_id, reason) nulls not distinct;

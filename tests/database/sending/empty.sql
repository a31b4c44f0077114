-- Removes all rows of the tables that a ledger consists of, and of those that refer to them. Triggers and foreign keys
-- are not asked. TRUNCATE would make new files for 51 tables and their indexes, which takes eight times as long.
do $$
declare
    name regclass;
    is_filled boolean;
begin
    set local session_replication_role = replica;
    for name in
        with recursive reached (oid) as (
            select unnest(
                array[
                    'campaigns', 'email_campaigns', 'sms_campaigns', 'send_plans', 'senders', 'suppressions',
                    'ddp.sender_hours', 'ddp.rate_buckets', 'ddp.soft_bounces', 'email_events'
                ]::regclass[]
            )::oid
            union
            select c.conrelid from pg_constraint c join reached r on c.confrelid = r.oid where c.contype = 'f'
        )
        select r.oid::regclass from reached r join pg_class k on k.oid = r.oid where not k.relispartition
    loop
        execute format('select exists (select from %s)', name) into is_filled;
        if is_filled then
            execute format('delete from %s', name);
        end if;
    end loop;
end $$

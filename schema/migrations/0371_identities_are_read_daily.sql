-- What SMS come from is taken over from the provider's account once a day.

-- A wider one takes its place.
-- squawk-ignore ban-drop-constraint
alter table ddp.opt_out_work drop constraint opt_out_work_kind_check;
alter table ddp.opt_out_work
    -- squawk-ignore constraint-missing-not-valid
    add constraint opt_out_work_kind_check check (kind in ('push', 'pull', 'identities'));
insert into ddp.opt_out_work (kind) values ('identities');
comment on table ddp.opt_out_work is
    'Who writes to the provider''s opt-out list (push) and who reads it (pull): one worker each, under a lease, because the '
    'provider limits both. Of the pull, also how far it got. Of identities, when the account''s were last taken over.';
comment on column ddp.opt_out_work.began_at is 'When the reading began that is under way, or was the last.';
comment on column ddp.opt_out_work.ended_at is 'When the reading was last complete; null: it is not, or never was.';

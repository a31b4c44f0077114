-- Planning goes on after the last message of an earlier send, as after the last user of a target audience.

comment on column ddp.send_plan_batches.after_user_id is
    'With a target audience, now or of an earlier send: the last user taken. With any other earlier send: the last of its '
    'messages taken.';

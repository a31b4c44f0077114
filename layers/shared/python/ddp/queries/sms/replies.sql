-- name: add
-- Adds automatic answers to messages that came in.
select ddp.add_sms_replies(%(messages)s::uuid[], %(kinds)s::text[], %(countries)s::text[], %(bodies)s::text[]);

-- name: begin
-- Marks due answers as started, and returns them.
select * from ddp.begin_sms_replies(%(limit)s, %(lease)s);

-- name: record
-- Records what became of started answers.
select ddp.record_sms_replies(
    %(replies)s::uuid[], %(outcomes)s::text[], %(message_ids)s::text[], %(codes)s::text[], %(later)s::interval[]
);

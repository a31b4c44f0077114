-- What a request set in motion keeps its id: log lines of its workers have it, whatever woke them.

alter table public.send_plans add column request_id varchar(100);
comment on column public.send_plans.request_id is
    'The id of the HTTP request that asked for the send, which all log lines about it have; null: a browser asked the database.';
alter table public.social_posts add column request_id varchar(100);
comment on column public.social_posts.request_id is
    'The id of the HTTP request that last scheduled the post, the same for all that it scheduled; null: none has, or a browser asked '
    'the database.';

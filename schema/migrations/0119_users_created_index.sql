-- transaction: none

create index concurrently if not exists users_created_idx on public.users (created_at desc, user_id desc);

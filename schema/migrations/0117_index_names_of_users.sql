-- The names of the accounts that were there before the triggers of 0116.

insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
select u.user_id, w.word_no, w.word, u.user_type, u.is_active
from public.users u cross join lateral ddp.name_words(u.user_name) w
on conflict do nothing;

-- What a store says of itself, with its logo's address: `sender` in templates.

-- name: of_account
-- Of an account; no row for one whose row the caller does not see.
select ddp.shown_sender(u) as fields from public.users u where u.user_id = %(user_id)s;

-- name: of_caller
-- Of the acting account.
select ddp.shown_sender(u) as fields from public.users u where u.user_id = (select ddp.active_user_id());

-- name: for_template
-- Of the acting account. Refused if a template (null: none) needs more.
select ddp.own_sender_for(%(template_id)s) as fields;

-- transaction: none
-- Messages to a number were undeliverable several times in a row.
alter type public.suppression_reason add value if not exists 'unreachable' after 'soft_bounces';

-- transaction: none
-- Why nobody may write to a number. The order is from what only the recipient can change to what the sender can.
alter type public.suppression_reason add value if not exists 'invalid_number' after 'hard_bounce';

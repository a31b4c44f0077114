-- transaction: none
-- An answer may be a wish to get no more messages: until a person has read it, none are sent.
alter type public.suppression_reason add value if not exists 'in_question' after 'stop';

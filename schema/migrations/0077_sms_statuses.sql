-- A click on a link in an SMS proves that it arrived, and is shown.

alter type public.sms_send_status add value if not exists 'clicked' after 'delivered';

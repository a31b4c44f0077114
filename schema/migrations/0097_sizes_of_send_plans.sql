-- As 0095. A list of recipients has at most 8 MiB (ddp.freeze_list).

alter table public.send_plans
    add constraint send_plans_audience_size check (octet_length(audience::text) <= 8400000) not valid;

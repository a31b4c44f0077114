-- Every text, JSON and array that a client writes has a size limit, whatever it is written with: a function, the HTTP API or
-- SQL under a client's role. Nobody can fill a list that others read. One busy table per migration, down to 0098; 0099
-- checks the rows that are there.

-- Content is measured as JSON, since that is how it is answered: a control character takes six bytes there. Two parts of
-- 1 MiB fit in one answer of Lambda, in which JSON is escaped once more. What is sent has at most 512 KiB per part.
alter table public.email_campaigns
    add constraint email_campaigns_content_size check (octet_length(to_json(email_content)::text) <= 1048576) not valid,
    add constraint email_campaigns_text_size check (octet_length(to_json(text_content)::text) <= 1048576) not valid,
    add constraint email_campaigns_attachments_size check (length(attachments::text) <= 1000) not valid,
    add constraint email_campaigns_metadata_size check (ddp.is_metadata(metadata)) not valid;

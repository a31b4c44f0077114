-- The hashes of links' tokens move to a table that no role of the API may read, so that clients can select every column of
-- `file_shares`. The functions that use them change in the same transaction, because they serve while a deploy applies
-- the rest; their files hold the lasting text. No code outside the database names the column.

lock table public.file_shares in access exclusive mode;
create table ddp.share_tokens (
    share_id uuid primary key references public.file_shares on delete cascade,
    token_hash bytea not null unique check (octet_length(token_hash) = 32)
);
alter table ddp.share_tokens enable row level security;
comment on table ddp.share_tokens is 'Shares by link. No role of the API may read or write it; functions do.';
comment on column ddp.share_tokens.token_hash is 'SHA-256 of the link''s token (UTF-8).';

insert into ddp.share_tokens (share_id, token_hash)
select s.share_id, s.token_hash from public.file_shares s where s.token_hash is not null;
-- squawk-ignore ban-drop-column
alter table public.file_shares drop column token_hash;

do $functions$
declare
    v_function regprocedure;
    v_text text;
begin
    foreach v_function in array array[
        to_regprocedure('public.share_file(uuid, uuid, bytea, timestamptz)'),
        to_regprocedure('public.revoke_file_share(uuid)'),
        to_regprocedure('public.open_public_share(text, public.file_action_type)')
    ] loop
        continue when v_function is null;  -- a new database: their files come later
        v_text := pg_get_functiondef(v_function);
        v_text := replace(v_text, 'shared_with_user_id, token_hash, expires_at)', 'shared_with_user_id, expires_at)');
        v_text := replace(v_text, 'p_shared_with_user_id, p_token_hash, p_expires_at)', 'p_shared_with_user_id, p_expires_at)');
        v_text := replace(
            v_text, 'v_share.token_hash := null;  -- is never returned',
            'insert into ddp.share_tokens (share_id, token_hash)
            select v_share.share_id, p_token_hash where p_token_hash is not null;'
        );
        v_text := replace(v_text, 'v_share.token_hash := null;', '');
        v_text := replace(
            v_text, 's.token_hash = sha256(convert_to(p_token, ''UTF8''))',
            's.share_id = (
                select t.share_id from ddp.share_tokens t where t.token_hash = sha256(convert_to(p_token, ''UTF8''))
            )'
        );
        execute v_text;
    end loop;
end
$functions$;

-- Hashes of links' tokens, for functions that run with the owner's rights. No policy means no access for anybody else.

revoke all on ddp.share_tokens from public, anon, authenticated, service_role;

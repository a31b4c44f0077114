-- Several users may claim a domain or an address: a claim without proof must not keep it from its owner. Who may send is
-- decided by `status`, which only a proof of one's own changes.

alter table public.sender_identities
    -- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
    add constraint sender_identities_claim_key unique (identity, created_by_user_id),
    -- squawk-ignore ban-drop-constraint
    drop constraint sender_identities_identity_key;
comment on table public.sender_identities is
    'Claims of users to domains and addresses; verified ones were proved: who may send from them.';

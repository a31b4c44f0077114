"""Sender identities: claiming a domain or an address, proving it, and who else may use it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, settings
from ddp.addresses import AddressError, normalise_email
from ddp.errors import Conflict, Forbidden, Invalid
from ddp.providers import ses_identities
from ddp.queries.email import identities
from functions.email import identity_models as models

router = edge.router()

# With SMTP nobody is asked: an administrator vouches for what the relay takes.
USES_SES = settings.optional("DDP_EMAIL_TRANSPORT", "ses") == "ses"


@router.post("/sender-identities", tags=["Senders"], operation_id="createSenderIdentity", status_code=201)
def create(
    body: models.IdentityRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SenderIdentity]:
    """Claim a domain or an address to send from; the answer says how to prove it. The same again is harmless."""
    name = _normalised(body.identity)

    def claim(cursor: Cursor[DictRow]) -> DictRow:
        return identities.claim(cursor, name)

    done = idempotency.perform(router, idempotency_key, claim, _shown)
    # SES is asked after the commit, because a call to it can take seconds. If this fails, the next GET registers it.
    if done.result is not None:
        identity = _ask(done.result["sender_identity_id"])
        done.answer.body = _shown(identity).model_dump(mode="json")
    return done.answer


@router.get("/sender-identities", tags=["Senders"], operation_id="listSenderIdentities")
def list_identities() -> models.SenderIdentities:
    """Whatever the caller may send from, and what is on its way there."""
    with edge.as_caller(router) as cursor:
        rows = identities.visible(cursor)
    return models.SenderIdentities(items=[_shown(row) for row in rows])


@router.get("/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="getSenderIdentity")
def get(sender_identity_id: UUID) -> models.SenderIdentity:
    """One identity, as SES sees it now."""
    return _shown(_ask(sender_identity_id))


@router.delete(
    "/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="deleteSenderIdentity"
)
def delete(sender_identity_id: UUID) -> models.SenderIdentity:
    """Give an own identity up: nobody sends from it any more, what was requested already excepted."""
    with edge.as_caller(router) as cursor:
        identity = identities.remove(cursor, sender_identity_id)
    # Only what was made for its owner here: others of the account may depend on the rest.
    if USES_SES and (known := ses_identities.look_up(identity["identity"])) and _is_owners(known, identity):
        ses_identities.delete(identity["identity"])
    return _shown(identity)


@router.put(
    "/sender-identities/<sender_identity_id>/sharing", tags=["Senders"], operation_id="shareSenderIdentity"
)
def share(sender_identity_id: UUID, body: models.SharingRequest) -> models.SenderIdentity:
    """Let everybody send from an identity, or no longer. For admins."""
    with edge.as_caller(router) as cursor:
        return _shown(identities.share(cursor, sender_identity_id, is_shared=body.is_shared))


def _ask(sender_identity_id: UUID) -> DictRow:
    """The identity after asking SES, where it is the caller's; others are shown as they were seen last."""
    caller = edge.claims(router).subject
    with edge.as_caller(router) as cursor:
        identity = identities.get(cursor, sender_identity_id)
        is_admin = identities.caller_is_admin(cursor)
    if identity["created_by_user_id"] != caller and not is_admin:
        return identity
    known = _known(identity, is_admin=is_admin)
    with edge.as_caller(router) as cursor:
        return identities.record(
            cursor, sender_identity_id, status=known.status, dkim_tokens=known.dkim_tokens
        )


def _known(identity: DictRow, *, is_admin: bool) -> ses_identities.Identity:
    if not USES_SES:
        if identity["status"] != "verified" and not is_admin:
            raise Forbidden("Ask an administrator to add this sender: there is no proof by DNS here.")
        return ses_identities.Identity(status="verified", dkim_tokens=(), owner=None)
    name, owner = identity["identity"], identity["created_by_user_id"]
    known = ses_identities.look_up(name) or ses_identities.create(name, owner)
    is_admins_own = is_admin and identity["created_by_user_id"] == _caller()
    if not _is_owners(known, identity) and not is_admins_own:
        raise Conflict(
            "This domain or address was set up by somebody else: ask an administrator to share it.",
            code="identity-taken",
        )
    if known.status == "verified" and identity["status"] != "verified" and not is_admins_own:
        _refuse_inherited(identity)
    return known


def _refuse_inherited(identity: DictRow) -> None:
    """Raise Conflict where SES's word may come from a domain above, which was verified for somebody else."""
    for domain in _above(identity["identity"]):
        known = ses_identities.look_up(domain)
        if known and known.status == "verified" and not _is_owners(known, identity):
            raise Conflict(
                f"{domain} was verified for somebody else: ask an administrator to add this sender.",
                code="identity-taken",
            )


def _above(identity: str) -> Iterator[str]:
    """The domains that an address or a domain is in, the top one excepted."""
    name = identity.rpartition("@")[2]
    if "@" in identity:
        yield name
    while "." in (name := name.partition(".")[2]):
        yield name


def _is_owners(known: ses_identities.Identity, identity: DictRow) -> bool:
    return known.owner == str(identity["created_by_user_id"])


def _caller() -> UUID:
    return edge.claims(router).subject


def _normalised(identity: str) -> str:
    """The address, or the domain in ASCII; raises Invalid."""
    try:
        if "@" in identity:
            return normalise_email(identity)
        return normalise_email(f"postmaster@{identity.strip()}").partition("@")[2]
    except AddressError as error:
        raise Invalid(error.reason, code="invalid-identity") from None


def _shown(row: DictRow) -> models.SenderIdentity:
    is_domain = "@" not in row["identity"]
    records = [
        models.DnsRecord(name=f"{token}._domainkey.{row['identity']}", value=f"{token}.dkim.amazonses.com")
        for token in row["dkim_tokens"]
        if is_domain
    ]
    return models.SenderIdentity(**row, dns_records=records, next_step=_next_step(row, is_domain=is_domain))


def _next_step(row: DictRow, *, is_domain: bool) -> str | None:
    if row["status"] == "verified":
        return None
    if row["status"] == "failed":
        return "It was not proved in time. Delete it and add it again."
    if is_domain:
        return "Add the DNS records, wait until they are seen (minutes to a day), then look here again."
    return "A message went to this address: open its link, then look here again."

"""Routes for sender identities: claim a domain or an address, prove it, share it with everyone."""

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

# With SMTP there is nobody to ask: an administrator decides which senders the relay accepts.
USES_SES = settings.optional("DDP_EMAIL_TRANSPORT", "ses") == "ses"


@router.post("/sender-identities", tags=["Senders"], operation_id="createSenderIdentity", status_code=201)
def create(
    body: models.IdentityRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SenderIdentity]:
    """Claim a domain or an address to send from.

    The answer says how to prove it. Harmless when repeated.
    """
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
    """List the sender identities that the caller may see.

    The caller's own first, verified or not, then shared ones. Admins see all.
    """
    with edge.as_caller(router) as cursor:
        rows = identities.visible(cursor)
    return models.SenderIdentities(items=[_shown(row) for row in rows])


@router.get("/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="getSenderIdentity")
def get(sender_identity_id: UUID) -> models.SenderIdentity:
    """Get a sender identity.

    SES is asked for its present status if the caller owns it or is an admin.
    """
    return _shown(_ask(sender_identity_id))


@router.delete(
    "/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="deleteSenderIdentity"
)
def delete(sender_identity_id: UUID) -> models.SenderIdentity:
    """Delete a sender identity.

    Nobody can send from it any more; sends that were already requested continue. Only for its owner and admins.
    """
    with edge.as_caller(router) as cursor:
        identity = identities.remove(cursor, sender_identity_id)
    # Only if it was created here for its owner: other users of the SES account may depend on the rest.
    if USES_SES and (known := ses_identities.look_up(identity["identity"])) and _is_owners(known, identity):
        ses_identities.delete(identity["identity"])
    return _shown(identity)


@router.put(
    "/sender-identities/<sender_identity_id>/sharing", tags=["Senders"], operation_id="shareSenderIdentity"
)
def share(sender_identity_id: UUID, body: models.SharingRequest) -> models.SenderIdentity:
    """Let everyone send from an identity, or end that.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return _shown(identities.share(cursor, sender_identity_id, is_shared=body.is_shared))


def _ask(sender_identity_id: UUID) -> DictRow:
    """The identity, after asking SES about it if the caller owns it or is an administrator."""
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
            raise Forbidden(
                "Ask an administrator to add this sender: only administrators can verify senders here."
            )
        return ses_identities.Identity(status="verified", dkim_tokens=(), owner=None)
    name, owner = identity["identity"], identity["created_by_user_id"]
    known = ses_identities.look_up(name) or ses_identities.create(name, owner)
    is_admins_own = is_admin and identity["created_by_user_id"] == _caller()
    if not _is_owners(known, identity) and not is_admins_own:
        raise Conflict(
            "This domain or address was set up by someone else: ask an administrator to share it.",
            code="identity-taken",
        )
    if known.status == "verified" and identity["status"] != "verified" and not is_admins_own:
        _refuse_inherited(identity)
    return known


def _refuse_inherited(identity: DictRow) -> None:
    """Raise Conflict if SES may call it verified only because a parent domain was verified for someone else."""
    for domain in _above(identity["identity"]):
        known = ses_identities.look_up(domain)
        if known and known.status == "verified" and not _is_owners(known, identity):
            raise Conflict(
                f"{domain} was verified for someone else: ask an administrator to add this sender.",
                code="identity-taken",
            )


def _above(identity: str) -> Iterator[str]:
    """The parent domains of an address or a domain, down to the top-level domain."""
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
    """The normalised address, or the domain in ASCII. Raises Invalid."""
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
        return "The proof did not come in time. Delete this identity and add it again."
    if is_domain:
        return "Add the DNS records, wait until they are visible (minutes to a day), then look here again."
    return "Open the link in the message that was sent to this address, then look here again."

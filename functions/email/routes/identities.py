"""Routes for sender identities: claim a domain or an address, prove it, share it with everyone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination, settings
from ddp.addresses import AddressError, normalise_email
from ddp.errors import Conflict, Forbidden, Invalid
from ddp.queries.email import identities
from ddp.queries.email.identities import Caller
from functions.email.identities import models, proof
from functions.email.identities.proof import Proof

router = edge.router()

_ASK_ADMIN = "Ask an administrator to add this sender: only administrators can verify senders here."
_WAIT = "Someone else is proving this address until {until:%Y-%m-%d %H:%M} UTC: look here again then."

# With SMTP there is nobody to ask: an administrator decides which senders the relay accepts.
USES_SES = settings.optional("DDP_EMAIL_TRANSPORT", "ses") == "ses"


@router.post("/sender-identities", tags=["Senders"], operation_id="createSenderIdentity", status_code=201)
def create(
    body: models.IdentityRequest, idempotency_key: idempotency.Key = None
) -> Response[models.SenderIdentity]:
    """Claim a domain or an address to send from.

    The answer says how to prove it. Others may claim it too: it is theirs who prove it. Harmless when repeated.
    """
    name = _normalised(body.identity)
    _require_claimable(name)

    def claim(cursor: Cursor[DictRow]) -> DictRow:
        return identities.claim(cursor, name)

    done = idempotency.perform(router, idempotency_key, claim, _shown)
    # SES is asked after the commit, because a call to it can take seconds. If this fails, the next GET registers it.
    if done.result is not None:
        identity = _ask(done.result["sender_identity_id"], begins_anew=True)
        done.answer.body = identity.model_dump(mode="json")
    return done.answer


@router.get("/sender-identities", tags=["Senders"], operation_id="listSenderIdentities")
def list_identities(
    limit: pagination.Limit = 50, cursor: pagination.LongPageCursor = None
) -> models.SenderIdentities:
    """List the sender identities that the caller may see.

    The caller's own first, verified or not, then shared ones. Admins see all.
    """
    with edge.as_caller(router) as transaction:
        rows, next_cursor = identities.page(transaction, after=cursor, limit=limit)
    return models.SenderIdentities(items=[_shown(row) for row in rows], next_cursor=next_cursor)


@router.get("/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="getSenderIdentity")
def get(sender_identity_id: UUID) -> models.SenderIdentity:
    """Get a sender identity.

    SES and the DNS are asked for its present status if the caller owns it or is an admin.
    """
    return _ask(sender_identity_id)


@router.delete(
    "/sender-identities/<sender_identity_id>", tags=["Senders"], operation_id="deleteSenderIdentity"
)
def delete(sender_identity_id: UUID) -> models.SenderIdentity:
    """Delete a sender identity.

    Nobody can send from it any more; sends that were already requested continue. Only for its owner and admins.
    """
    with edge.as_caller(router) as cursor:
        identity = identities.remove(cursor, sender_identity_id)
        others = identities.claimants(cursor, identity["identity"])
    if USES_SES:
        proof.withdraw(identity, others)
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


def _require_claimable(name: str) -> None:
    """Raise what speaks against a claim, before it is stored; nothing if the caller has it already."""
    with edge.as_caller(router) as cursor:
        caller = identities.caller(cursor)
        if caller.is_admin or caller.user_id is None or identities.is_claimed(cursor, name):
            return
        may_send = "@" in name and identities.may_send_from(cursor, name)
    if not USES_SES:
        raise Forbidden(_ASK_ADMIN)
    if may_send:
        raise Conflict("You may send from this address already: its domain is verified.", code="not-needed")
    if "@" in name:
        proof.require_claimable(name, caller.user_id)


def _ask(sender_identity_id: UUID, *, begins_anew: bool = False) -> models.SenderIdentity:
    """The identity, after asking SES and the DNS about it if the caller owns it or is an administrator."""
    with edge.as_caller(router) as cursor:
        identity = identities.get(cursor, sender_identity_id)
        caller = identities.caller(cursor)
    if identity["created_by_user_id"] != caller.user_id and not caller.is_admin:
        return _shown(identity)
    found = _proof(identity, caller, begins_anew=begins_anew)
    with edge.as_caller(router) as cursor:
        recorded = identities.record(
            cursor,
            sender_identity_id,
            status=found.status,
            dkim_tokens=found.dkim_tokens,
            published_claims=found.published_claims,
        )
    return _shown(recorded, waits_until=found.waits_until)


def _proof(identity: DictRow, caller: Caller, *, begins_anew: bool) -> Proof:
    if not USES_SES:
        if identity["status"] != "verified" and not caller.is_admin:
            raise Forbidden(_ASK_ADMIN)
        return Proof(status="verified")
    if caller.is_admin and identity["created_by_user_id"] == caller.user_id:
        return proof.of_admin(identity)
    if "@" in identity["identity"]:
        return proof.of_address(identity)
    return proof.of_domain(identity, begins_anew=begins_anew)


def _normalised(identity: str) -> str:
    """The normalised address, or the domain in ASCII. Raises Invalid."""
    try:
        if "@" in identity:
            return normalise_email(identity)
        return normalise_email(f"postmaster@{identity.strip()}").partition("@")[2]
    except AddressError as error:
        raise Invalid(error.reason, code="invalid-identity") from None


def _shown(row: DictRow, *, waits_until: datetime | None = None) -> models.SenderIdentity:
    is_domain = "@" not in row["identity"]
    next_step = _WAIT.format(until=waits_until) if waits_until else _next_step(row, is_domain=is_domain)
    return models.SenderIdentity(
        **row, dns_records=_dns_records(row) if is_domain else [], next_step=next_step
    )


def _dns_records(row: DictRow) -> list[models.DnsRecord]:
    name, value = proof.record(row)
    return [
        models.DnsRecord(type="TXT", name=name, value=value),
        *(
            models.DnsRecord(
                type="CNAME",
                name=f"{token}._domainkey.{row['identity']}",
                value=f"{token}.dkim.amazonses.com",
            )
            for token in row["dkim_tokens"]
        ),
    ]


def _next_step(row: DictRow, *, is_domain: bool) -> str | None:
    if row["status"] == "verified":
        return None
    if row["status"] == "failed":
        return "The proof did not come in time. Add this identity again, and follow its instructions."
    if is_domain:
        return "Add all DNS records, wait until they are visible (minutes to a day), then look here again."
    return "Open the link in the message that was sent to this address, then look here again."

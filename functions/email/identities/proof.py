"""What proves that a user owns a domain or an address to send from.

SES has one identity for all users of the account, so that it is verified does not say whose it is.

* A domain: its owner publishes a TXT record that names the claim, beside the records that SES asks for. Any number of
  users may claim a domain; whoever can publish the record has it.
* An address: SES sends a link to it. So the identity at SES is made for one claim at a time, for as long as its link
  works; then it is the turn of any other claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.rows import DictRow

from ddp.errors import Conflict
from ddp.providers import dns, ses_identities
from ddp.providers.ses_identities import Identity

# How long the link works that SES sends to an address.
TURN = timedelta(hours=24)

_RECORD = "_ddp."
_VALUE = "ddp="
# Nobody can own these (RFC 2606), and SES never verifies them: only the local runtime's does.
_UNOWNED = (".example", ".example.com", ".example.net", ".example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What SES and the DNS say about a claim.

    `published_claims`: with a proof by DNS, all claims whose records are published. `waits_until`: the turn of another
    claim to the address ends then.
    """

    status: str
    dkim_tokens: tuple[str, ...] = ()
    published_claims: tuple[UUID, ...] | None = None
    waits_until: datetime | None = None


def record(identity: DictRow) -> tuple[str, str]:
    """Name and value of the TXT record that proves a claim to a domain."""
    return f"{_RECORD}{identity['identity']}", f"{_VALUE}{identity['sender_identity_id']}"


def of_admin(identity: DictRow) -> Proof:
    """An administrator's own claim needs no more than that SES sends from it."""
    known = _registered(identity)
    return Proof(status=known.status, dkim_tokens=known.dkim_tokens)


def of_domain(identity: DictRow, *, begins_anew: bool = False) -> Proof:
    """Whether the claim to a domain is proved. `begins_anew`: where SES has given up, it looks for new records."""
    known = _registered(identity)
    if begins_anew and known.status == "failed" and known.owner is not None:
        known = ses_identities.create_anew(identity["identity"], identity["created_by_user_id"])
    if known.status != "verified" or identity["status"] == "verified" or _is_unowned(identity["identity"]):
        return Proof(status=known.status, dkim_tokens=known.dkim_tokens)
    claims = tuple(_published_claims(identity["identity"]))
    if identity["sender_identity_id"] not in claims:
        return Proof(status="pending", dkim_tokens=known.dkim_tokens)
    return Proof(status="verified", dkim_tokens=known.dkim_tokens, published_claims=claims)


def of_address(identity: DictRow) -> Proof:
    """Whether the claim to an address is proved. Raises Conflict if it cannot be: it is another user's, for example."""
    owner = identity["created_by_user_id"]
    known = _registered(identity)
    _require_free(known, owner)
    if known.owner != str(owner) and _is_within(known, TURN):
        return Proof(status="pending", waits_until=known.made_at and known.made_at + TURN)
    # After its own turn, a claim waits as long again: another one that waits comes first.
    if known.owner != str(owner) or (known.status != "verified" and not _is_within(known, 2 * TURN)):
        known = ses_identities.create_anew(identity["identity"], owner)
    if known.status == "verified" and identity["status"] != "verified":
        _refuse_inherited(identity["identity"])
    return Proof(status=known.status)


def require_claimable(address: str, owner: UUID) -> None:
    """Raise Conflict for an address that the user cannot prove, before a claim to it is stored."""
    if known := ses_identities.look_up(address):
        _require_free(known, owner)
    _refuse_inherited(address)


def withdraw(identity: DictRow, others: list[UUID]) -> None:
    """Make SES forget an identity whose claim was deleted, unless it was not made here or `others` claim it too."""
    name = identity["identity"]
    known = ses_identities.look_up(name)
    if known is None or known.owner is None:
        return
    if not others:
        ses_identities.delete(name)
    elif "@" in name and known.owner == str(identity["created_by_user_id"]):
        ses_identities.create_anew(name, others[0])


def _registered(identity: DictRow) -> Identity:
    name = identity["identity"]
    return ses_identities.look_up(name) or ses_identities.create(name, identity["created_by_user_id"])


def _published_claims(domain: str) -> Iterator[UUID]:
    for text in dns.txt(f"{_RECORD}{domain}"):
        try:
            yield UUID(text.removeprefix(_VALUE))
        except ValueError:
            continue


def _require_free(known: Identity, owner: UUID) -> None:
    if known.owner is None or (known.status == "verified" and known.owner != str(owner)):
        raise Conflict(
            "This address was set up by someone else: prove its domain instead, or ask an administrator to share it.",
            code="identity-taken",
        )


def _refuse_inherited(address: str) -> None:
    """Raise Conflict if SES would call an address verified only because its domain is."""
    for domain in _domains_of(address):
        known = ses_identities.look_up(domain)
        if known and known.status == "verified":
            raise Conflict(
                f"{domain} is in use here: prove that you own this domain, or ask an administrator to add the address.",
                code="identity-taken",
            )


def _domains_of(address: str) -> Iterator[str]:
    """The domain of an address and the domains above it, down to the top-level domain."""
    name = address.rpartition("@")[2]
    yield name
    while "." in (name := name.partition(".")[2]):
        yield name


def _is_unowned(domain: str) -> bool:
    return f".{domain}".endswith(_UNOWNED)


def _is_within(known: Identity, duration: timedelta) -> bool:
    return known.made_at is not None and datetime.now(UTC) < known.made_at + duration

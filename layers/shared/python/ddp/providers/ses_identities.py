"""SES v2 identities: the domains and addresses that users send from.

SES has one list of identities per account, whoever asked for one. Tags say that an identity was made here, for which
user and when. What that proves is decided in functions/email/identities/proof.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Tags: the id of the user for whom an identity was made, and the time.
OWNER_TAG = "ddp-user"
MADE_TAG = "ddp-made"

# SES gives up looking for the DNS records after 72 hours.
_STATUS = {"SUCCESS": "verified", "FAILED": "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What SES knows: status `pending`, `verified` or `failed`, and the labels of the DKIM records.

    `owner`: the id of the user for whom it was made; None: it was not made here. `made_at`: None if that is not known.
    """

    status: str
    dkim_tokens: tuple[str, ...]
    owner: str | None
    made_at: datetime | None = None


@cache
def client() -> Any:
    """The execution environment's client, made at first use."""
    return boto3.client(
        "sesv2",
        config=Config(
            connect_timeout=2, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 3}
        ),
    )


def create(identity: str, owner: UUID) -> Identity:
    """Have SES verify a domain (by DNS) or an address (by a mail to it); an existing identity is returned unchanged."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    tags = [{"Key": OWNER_TAG, "Value": str(owner)}, {"Key": MADE_TAG, "Value": made_at}]
    try:
        answer = client().create_email_identity(EmailIdentity=identity, Tags=tags)
    except ClientError as error:
        if _code(error) != "AlreadyExistsException":
            raise
        return look_up(identity) or Identity(status="pending", dkim_tokens=(), owner=None)
    return _identity(answer | {"Tags": tags})


def create_anew(identity: str, owner: UUID) -> Identity:
    """Have SES verify it from the beginning: with other DKIM records, or another mail."""
    delete(identity)
    return create(identity, owner)


def look_up(identity: str) -> Identity | None:
    """What SES knows of the identity now; None where it does not exist."""
    try:
        return _identity(client().get_email_identity(EmailIdentity=identity))
    except ClientError as error:
        if _code(error) != "NotFoundException":
            raise
        return None


def delete(identity: str) -> None:
    """Delete the identity; harmless when repeated."""
    try:
        client().delete_email_identity(EmailIdentity=identity)
    except ClientError as error:
        if _code(error) != "NotFoundException":
            raise


def _identity(answer: Mapping[str, Any]) -> Identity:
    dkim = answer.get("DkimAttributes") or {}
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or []}
    if answer.get("VerifiedForSendingStatus"):
        status = "verified"
    else:
        status = _STATUS.get(answer.get("VerificationStatus") or dkim.get("Status") or "", "pending")
        # SES does not allow sending yet, whatever the other fields say.
        status = "pending" if status == "verified" else status
    made_at = tags.get(MADE_TAG)
    return Identity(
        status=status,
        dkim_tokens=tuple(dkim.get("Tokens") or ()),
        owner=tags.get(OWNER_TAG),
        made_at=datetime.fromisoformat(made_at) if made_at else None,
    )


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]

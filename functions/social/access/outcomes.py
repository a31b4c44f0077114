"""How far a connection is, and what a person is told about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from ddp.providers.social import rules
from ddp.queries.social.connections import Connection

SocialConnectionStatus = Literal["waiting", "ready", "connected", "failed", "expired"]

FOREIGN = "foreign-state"
FOREIGN_REASON = "The answer came from another platform than the one that was asked. Begin again."

_NOT_BACK = "Nobody came back from {name} within ten minutes. Begin again."
_NOT_CHOSEN = "No account was chosen within an hour. Begin again."


def status_of(connection: Connection) -> SocialConnectionStatus:
    """waiting: for the person to come back; ready: accounts can be chosen; connected, failed, expired: it is over."""
    if connection.error_code:
        return "failed"
    if any(choice.get("account_id") for choice in connection.choices):
        return "connected"
    if connection.expires_at <= datetime.now(UTC):
        return "expired"
    return "ready" if connection.tokens_encrypted else "waiting"


def reason_of(connection: Connection) -> tuple[str | None, str | None]:
    """Code and sentence of what went wrong; None: nothing."""
    if status_of(connection) != "expired":
        return connection.error_code, connection.error_reason
    if connection.used_at is None:
        return "expired", _NOT_BACK.format(name=rules.of(connection.platform)["name"])
    return "expired", _NOT_CHOSEN

"""What a platform says of an account now, such as its quota, while a person waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ddp.errors import Conflict, CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers.social import access, applications, http, rules, stored_tokens
from ddp.providers.social.base import QuotaReached
from ddp.queries.social.accounts import Credentials

# Seconds that a person waits for the platform.
_SECONDS = 8.0


class Facts(NamedTuple):
    """What the platform says, as its rules describe it; or None, and a sentence that says why."""

    facts: Mapping[str, Any] | None
    reason: str | None


def of(account: Mapping[str, Any], credentials: Credentials | None) -> Facts:
    """Ask the platform. Never raises: the account is shown whatever the platform does.

    `credentials`: None: the caller may only read.
    """
    name = rules.of(account["platform"])["name"]
    if account["status"] != "active":
        return Facts(None, account["status_reason"] or f"The account is not connected: {name} is not asked.")
    if credentials is None:
        return Facts(None, f"Only editors and owners of the account may ask {name}.")
    if credentials.access_expires_at and credentials.access_expires_at <= datetime.now(UTC):
        return Facts(None, "Its token has ended and is being renewed: try again in five minutes.")
    try:
        applications.require(account["platform"])
        with http.within(_SECONDS):
            return Facts(dict(_asked(account, credentials)), None)
    except Conflict as error:  # the platform is off
        return Facts(None, error.detail)
    except CredentialsExpired:
        return Facts(None, f"{name} no longer takes the account's token: connect it again.")
    except QuotaReached:
        return Facts(None, f"{name} answers no more questions about the account for now: try again later.")
    except Transient:
        return Facts(None, f"{name} did not answer in time: try again in a minute.")
    except Exception as error:  # noqa: BLE001 - whatever an answer breaks; its words may be secrets
        logger.warning("facts cannot be read", platform=account["platform"], error=type(error).__name__)
        return Facts(None, f"{name} answered something that we cannot read.")


def _asked(account: Mapping[str, Any], credentials: Credentials) -> Mapping[str, Any]:
    opened = stored_tokens.account(credentials, handle=account["account_handle"], scopes=account["scopes"])
    return access.of(account["platform"]).facts(opened)

"""What follows when a person comes back from a platform: the code becomes tokens at once, by one call.

Everything that can go wrong ends in a code and a sentence of the connection. None of them quotes the platform: what it
says comes through the person's browser, or may repeat a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ddp import db
from ddp.errors import HttpError, Transient, WorkerError
from ddp.observability import logger
from ddp.providers import kms
from ddp.providers.social import access, applications, http, rules
from ddp.providers.social.base import Access, FoundAccount, Refused, Tokens
from ddp.queries.social import accounts, connections
from ddp.queries.social.connections import Returned
from functions.social.access import choices, connecting, consent

# Seconds for the calls of the platform; the HTTP API gives up after 30.
_SECONDS = 20.0

_WORD = re.compile(r"[a-z_]{1,50}")
_DENIED = {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}


class Failed(Exception):
    """The connection cannot be made. `code` is stable; the text is a sentence that says what to do."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchanged:
    """What the code brought. `again`: the account that is connected again."""

    tokens: Tokens = field(repr=False)
    scopes: Sequence[str]
    found: Sequence[FoundAccount] = field(repr=False)
    again: FoundAccount | None


def finish(returned: Returned, platform: str, query: Mapping[str, str]) -> None:
    """Exchange the code, and store what it brought, or why it brought nothing."""
    try:
        exchanged = _exchange(returned, platform, query, _handle(returned))
        _store(returned, platform, exchanged)
    except Failed as failed:
        logger.info("a connection failed", platform=platform, code=failed.code)
        with db.transaction(role="service_role") as cursor:
            connections.settle(
                cursor, returned.connection_id, error_code=failed.code, error_reason=str(failed)
            )


def _handle(returned: Returned) -> str:
    """How the account is called that is connected again; empty for new ones."""
    if returned.account_id is None:
        return ""
    with db.transaction(role="service_role") as cursor:
        return accounts.handle(cursor, returned.account_id)


def _exchange(returned: Returned, platform: str, query: Mapping[str, str], handle: str) -> _Exchanged:
    """Raises Failed."""
    name = rules.of(platform)["name"]
    code = _code(query, name)
    try:
        with http.within(_SECONDS):
            return _granted(returned, platform, code, handle)
    except Refused:
        sentence = f"{name} did not take its own code, which works once and for a short time. Begin again."
        raise Failed("code-refused", sentence) from None
    except Transient as error:
        logger.warning("the exchange got no answer", platform=platform, error=type(error).__name__)
        raise Failed("platform-unavailable", f"{name} did not answer. Begin again in a minute.") from None
    except WorkerError as error:
        logger.warning("the exchange was refused", platform=platform, error=type(error).__name__)
        raise Failed("exchange-failed", f"{name} did not let us in. Begin again.") from None
    except Failed:
        raise
    except Exception as error:  # noqa: BLE001 - an answer that is not as documented, whatever it breaks
        # Without its words, which may be tokens.
        logger.error("the platform's answer cannot be read", platform=platform, error=type(error).__name__)
        raise Failed(
            "exchange-failed", f"{name} answered something that we do not know. Begin again."
        ) from None


def _code(query: Mapping[str, str], name: str) -> str:
    """The code of the address that the person came back to. Raises Failed."""
    if error := query.get("error", ""):
        if error in _DENIED:
            raise Failed("consent-denied", f"You did not allow access on {name}. Begin again, and allow it.")
        word = f" ({error})" if _WORD.fullmatch(error) else ""
        raise Failed("consent-refused", f"{name} refused to ask for your consent{word}. Begin again.")
    if not query.get("code"):
        raise Failed("no-code", f"{name} sent you back without a code. Begin again.")
    return query["code"]


def _granted(returned: Returned, platform: str, code: str, handle: str) -> _Exchanged:
    """Raises Failed, and what an adapter raises."""
    application, adapter = applications.of(platform), access.of(platform)
    given = adapter.exchange(
        application, code=code, redirect_uri=consent.redirect_uri(platform), verifier=_verifier(returned)
    )
    access_rules = rules.of(platform)["access"]
    if missing := choices.missing_scopes(platform, given.scopes):
        raise Failed("scope-missing", _missing(rules.of(platform)["name"], missing))
    found = adapter.accounts(application, given)
    return _Exchanged(
        tokens=given,
        scopes=sorted(given.scopes) if given.scopes is not None else access_rules["scopes"],
        found=found,
        again=_again(returned, adapter, found, handle),
    )


def _missing(name: str, missing: Sequence[str]) -> str:
    words = ", ".join(scope.rpartition("/")[2] for scope in missing)
    return (
        f"You did not allow all that publishing on {name} needs. Missing: {words}. Begin again, and allow it."
    )


def _again(
    returned: Returned, adapter: Access, found: Sequence[FoundAccount], handle: str
) -> FoundAccount | None:
    """The account that is connected again, if one is. Raises Failed."""
    of_platform = rules.of(adapter.platform)
    name = of_platform["name"]
    if not found:
        kinds = " or ".join(of_platform["access"]["account_kinds"])
        raise Failed("no-account", f"{name} shows no {kinds} for this login. Log in as somebody who has one.")
    if returned.account_id is None:
        return None
    account = choices.same_account(found, returned.external_account_id, handle)
    if account is None:
        raise Failed(
            "another-account",
            f"This login does not have “{choices.text(handle, 100)}”, the account that is to be connected again."
            f" Log in to {name} as somebody who has it, or connect the other account as a new one.",
        )
    if account.lacks:
        raise Failed("account-lacks", " ".join(account.lacks))
    return account


def _verifier(returned: Returned) -> str | None:
    if returned.verifier_encrypted is None:
        return None
    try:
        return kms.decrypt(
            returned.verifier_encrypted, owner_id=returned.connection_id, purpose=consent.VERIFIER
        )
    except kms.Unreadable:
        raise Failed("connection-over", "This connection can no longer be finished. Begin again.") from None


def _store(returned: Returned, platform: str, exchanged: _Exchanged) -> None:
    """Keep the choices; an account that is connected again is connected at once. Raises Failed."""
    connection_id: UUID = returned.connection_id
    listed = choices.of([exchanged.again] if exchanged.again else exchanged.found)
    try:
        kept = connecting.closed(connection_id, exchanged.tokens)
        with db.transaction(role="service_role") as cursor:
            connections.settle(
                cursor,
                connection_id,
                tokens_encrypted=kept,
                granted_scopes=exchanged.scopes,
                choices=listed,
            )
            if exchanged.again:
                grant = connecting.Grant(
                    tokens=exchanged.tokens,
                    scopes=exchanged.scopes,
                    own_tokens=connecting.own_tokens([exchanged.again]),
                )
                ids = connecting.connect(
                    cursor,
                    platform,
                    listed,
                    grant,
                    account_id=returned.account_id,
                    user_id=returned.user_id,
                )
                connecting.end(cursor, connection_id, listed, ids)
    except (Transient, HttpError) as error:
        logger.warning("a connection could not be stored", error=type(error).__name__)
        raise Failed("not-stored", "We could not store the access. Begin again in a minute.") from None
    except ValueError:
        raise Failed("not-stored", "The platform's token is longer than what we can keep.") from None

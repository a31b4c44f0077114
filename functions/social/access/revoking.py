"""Gives access back to a platform, after its tokens were forgotten here."""

from __future__ import annotations

from ddp.observability import logger
from ddp.providers.social import access, applications, http, rules, stored_tokens, subscriptions
from ddp.providers.social.base import Tokens
from ddp.queries.social.accounts import Credentials

# Seconds that a person waits for the platform.
_SECONDS = 8.0


def revoke(credentials: Credentials, *, is_shared: bool) -> str | None:
    """Revoke the tokens. Returns None if the platform took them back; else a sentence that says what is left to do.

    `is_shared`: another tenant has the same account connected, and would lose it.
    """
    of_platform = rules.of(credentials.platform)
    name = of_platform["name"]
    by_hand = f"To end our access there too, remove this application in the settings of {name}."
    if credentials.access_token_encrypted is None:
        return f"There was no token to take back. {by_hand}"
    if not is_shared:
        _unsubscribe(credentials)
    if "revoke" not in of_platform["access"]:
        # Facebook takes back a person's grant only as a whole, with the tokens of all pages.
        return f"{name} lets only people take access back. {by_hand}"
    if is_shared:
        return f"The account is connected elsewhere too, so its access was not taken back. {by_hand}"
    try:
        with http.within(_SECONDS):
            access.of(credentials.platform).revoke(
                applications.of(credentials.platform), _opened(credentials)
            )
    except Exception as error:  # noqa: BLE001 - the account is disconnected whatever the platform does
        logger.warning("access was not revoked", platform=credentials.platform, error=type(error).__name__)
        return f"{name} did not take the access back. {by_hand}"
    return None


def _unsubscribe(credentials: Credentials) -> None:
    """Let the platform tell no more about the account; harmless if it goes on, because nobody is there to be told."""
    subscriber = subscriptions.of(credentials.platform)
    if subscriber is None:
        return
    try:
        account = stored_tokens.account(credentials)
        with http.within(_SECONDS):
            subscriber.unsubscribe(applications.of(credentials.platform), account)
    except Exception as error:  # noqa: BLE001 - the account is disconnected whatever the platform does
        logger.warning(
            "a subscription was not ended", platform=credentials.platform, error=type(error).__name__
        )


def _opened(credentials: Credentials) -> Tokens:
    account_id, refresh = credentials.account_id, credentials.refresh_token_encrypted
    return Tokens(
        access_token=stored_tokens.opened(account_id, credentials.access_token_encrypted),
        refresh_token=stored_tokens.opened(account_id, refresh, stored_tokens.REFRESH) if refresh else None,
    )

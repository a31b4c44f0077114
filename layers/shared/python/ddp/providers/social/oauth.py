"""What all platforms' OAuth 2 has in common: the address of consent, PKCE, and the answer with the tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ddp.errors import CredentialsExpired, WorkerError
from ddp.providers.social import rules
from ddp.providers.social.base import Application, Authorisation, Platform, Refused, Tokens
from ddp.providers.social.http import Answer


def authorisation(
    platform: Platform,
    application: Application,
    *,
    redirect_uri: str,
    state: str,
    client_id: str = "client_id",
    separator: str = " ",
    more: Mapping[str, str] | None = None,
) -> Authorisation:
    """The consent page's address, with the scopes of the rules and PKCE where the rules say so.

    `client_id`: what the platform calls that parameter. `separator`: what stands between two scopes.
    """
    access = rules.of(platform)["access"]
    query = {
        client_id: application.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": separator.join(access["scopes"]),
        "state": state,
        **(more or {}),
    }
    verifier = secrets.token_urlsafe(64) if access["uses_pkce"] else None
    if verifier is not None:
        digest = hashlib.sha256(verifier.encode()).digest()
        query["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query["code_challenge_method"] = "S256"
    return Authorisation(url=f"{access['authorise']}?{urlencode(query)}", verifier=verifier)


def code_form(code: str, redirect_uri: str, verifier: str | None) -> dict[str, str]:
    """The fields of an exchange that all platforms ask for."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return form | ({"code_verifier": verifier} if verifier else {})


def client_fields(application: Application) -> dict[str, str]:
    """The fields by which most platforms know the application."""
    return {"client_id": application.client_id, "client_secret": application.client_secret}


def tokens(given: Mapping[str, Any], *, before: Tokens | None = None) -> Tokens:
    """The tokens of an answer. Where it names no new refresh token, that of `before` stays."""
    now = datetime.now(UTC)
    refresh_token = given.get("refresh_token") or (before.refresh_token if before else None)
    lasts = given.get("refresh_token_expires_in") or given.get("refresh_expires_in")
    refresh_expires_at = now + timedelta(seconds=int(lasts)) if lasts else None
    if refresh_expires_at is None and before is not None and refresh_token == before.refresh_token:
        refresh_expires_at = before.refresh_expires_at
    scope = given.get("scope")
    return Tokens(
        access_token=str(given["access_token"]),
        refresh_token=refresh_token,
        access_expires_at=now + timedelta(seconds=int(given["expires_in"]))
        if given.get("expires_in")
        else None,
        refresh_expires_at=refresh_expires_at,
        scopes=frozenset(str(scope).replace(",", " ").split()) if scope else None,
    )


def of_exchange(answer: Answer, _: bool) -> WorkerError | None:
    """A code that is used, foreign or too old is refused; the person may try again."""
    if 400 <= answer.status < 500 and answer.status != 429:
        return Refused("code-refused", answer.text)
    return None


def of_refresh(answer: Answer, _: bool) -> WorkerError | None:
    """A refresh token that is used, revoked or too old: the account must be connected again."""
    if 400 <= answer.status < 500 and answer.status != 429:
        return CredentialsExpired(answer.text)
    return None

"""What TikTok's access and publishing have in common: calls of its API, and its errors.

Source: developers.tiktok.com/doc/tiktok-api-v2-error-handling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.errors import CredentialsExpired, ScopeMissing, Transient, Unknown, WorkerError
from ddp.providers.social import http, rules
from ddp.providers.social.base import Platform, QuotaReached, Refused
from ddp.providers.social.http import Answer

RULES = rules.of(Platform.TIKTOK)
API = f"{RULES['api']['base']}/{RULES['api']['version']}"

_EXPIRED = {"access_token_invalid", "access_token_expired"}
_SCOPE = {"scope_not_authorized", "scope_permission_missed"}
# Seconds until it may work again.
_QUOTA = {
    "rate_limit_exceeded": 60.0,
    "spam_risk_too_many_posts": 3600.0,
    "spam_risk_too_many_pending_share": 3600.0,
    "reached_active_user_cap": 3600.0,
}
_SERVICE = {"internal_error", "internal", "timeout"}


def classify(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an error of TikTok's API means."""
    given = answer.json()
    error = given.get("error") if isinstance(given, dict) else None
    if not isinstance(error, dict) or error.get("code") in {None, "ok"}:
        return None
    code = str(error["code"])
    reason = f"{error.get('message', '')} ({code})"[: http.REASON_CHARACTERS]
    if code in _SCOPE:
        return ScopeMissing(reason)
    if code in _EXPIRED:
        return CredentialsExpired(reason)
    if code in _QUOTA:
        return QuotaReached(reason, retry_after=answer.retry_after() or _QUOTA[code])
    if code in _SERVICE or answer.status >= 500:
        return Unknown(reason) if finalises else Transient(reason)
    return Refused(code.replace("_", "-")[:50], reason)


def post(path: str, token: str, body: Mapping[str, Any], *, finalises: bool = False) -> dict[str, Any]:
    """Ask for something. Returns the answer's data."""
    url = f"{API}/{path}"
    answer = http.call("POST", url, classify=classify, token=token, json_body=body, finalises=finalises)
    # Some errors come with status 200.
    if error := classify(answer, finalises):
        raise error
    if finalises:
        answer.told("data")
    return dict(answer.json().get("data") or {})


def status(token: str, publish_id: str) -> Mapping[str, Any]:
    """What became of a post."""
    return post("post/publish/status/fetch/", token, {"publish_id": publish_id})


def public_id(told: Mapping[str, Any]) -> str | None:
    """The id of a post by its status; None until its moderation has ended, and as long as it is not public."""
    # TikTok's own spelling.
    ids = told.get("publicaly_available_post_id")
    return str(ids[0]) if isinstance(ids, list) and ids else None

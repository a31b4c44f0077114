"""What X's access and publishing have in common: calls of the API v2, and its errors.

Source: docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddp.errors import CredentialsExpired, Transient, Unknown, WorkerError
from ddp.providers.social import http, rules
from ddp.providers.social.base import Platform, PostType, QuotaReached, Refused, StateLost
from ddp.providers.social.http import Answer

RULES = rules.of(Platform.TWITTER)
API = f"{RULES['api']['base']}/{RULES['api']['version']}"

# The application's credits are used up.
_NO_CREDITS = 402
_LATER_SECONDS = 900.0
# Media that were uploaded more than a day ago, or were never ready.
_MEDIA_GONE = "media ids are invalid"


def classify(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an error of X means."""
    given = answer.json()
    if not isinstance(given, dict):
        return None
    first: dict[str, Any] = next(iter(given.get("errors") or []), {})
    words = first.get("message") or given.get("detail") or given.get("title")
    if not words:
        return None
    reason = f"{words} ({given.get('type', '').rpartition('/')[2] or answer.status})"[
        : http.REASON_CHARACTERS
    ]
    if answer.status == 401:
        return CredentialsExpired(reason)
    if answer.status in {429, _NO_CREDITS}:
        return QuotaReached(reason, retry_after=answer.retry_after() or _LATER_SECONDS)
    if answer.status >= 500:
        return Unknown(reason) if finalises else Transient(reason, retry_after=answer.retry_after())
    if _MEDIA_GONE in reason.lower():
        return StateLost(reason)
    if "duplicate" in reason.lower():
        return Refused("duplicate", reason)
    return Refused("permission" if answer.status == 403 else "refused", reason)


def written(text: str, post_type: str, options: Mapping[str, Any]) -> str:
    """The text of a post as X gets it: X has no field for the address that a post links to, so the text has it."""
    link = str(options.get("link") or "") if post_type == PostType.LINK else ""
    return text if link in text else f"{text} {link}".strip()


def get(path: str, token: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read something."""
    return dict(http.call("GET", f"{API}/{path}", classify=classify, token=token, query=query).json())


def post(path: str, token: str, body: Any = None, *, finalises: bool = False) -> dict[str, Any]:
    """Make something. Returns the answer's data."""
    url = f"{API}/{path}"
    answer = http.call("POST", url, classify=classify, token=token, json_body=body, finalises=finalises)
    if finalises:
        answer.told("data")
    return dict(answer.json().get("data") or {})

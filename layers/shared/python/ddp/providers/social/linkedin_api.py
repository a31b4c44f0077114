"""What LinkedIn's access and publishing have in common: calls of its versioned API, errors, and its text format.

Sources: learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling, …/shares/little-text-format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ddp.errors import CredentialsExpired, Transient, Unknown, WorkerError
from ddp.providers.social import http, rules
from ddp.providers.social.base import Platform, QuotaReached, Refused
from ddp.providers.social.http import Answer

RULES = rules.of(Platform.LINKEDIN)
API = RULES["api"]["base"]
HEADERS = {"LinkedIn-Version": RULES["api"]["version"], "X-Restli-Protocol-Version": "2.0.0"}

# An unescaped one of these ends the text silently.
_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_EXPIRED = {"REVOKED_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN"}
_A_DAY_IS_FULL = 3600.0


def little(text: str) -> str:
    """The text in the format `little`, in which it is read as it stands. Hashtags stay hashtags."""
    escaped = _RESERVED.sub(lambda found: "\\" + found[0], text)
    return re.sub(r"(?<!\w)\\#(\w+)", r"{hashtag|\\#|\1}", escaped)


def classify(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an error of LinkedIn's API means."""
    given = answer.json()
    if not isinstance(given, dict) or "message" not in given:
        return None
    code = str(given.get("code") or given.get("serviceErrorCode") or "")
    reason = f"{given['message']} ({code})"[: http.REASON_CHARACTERS]
    if answer.status == 401 or code in _EXPIRED:
        return CredentialsExpired(reason)
    if answer.status == 429:
        return QuotaReached(reason, retry_after=answer.retry_after() or _A_DAY_IS_FULL)
    if answer.status >= 500:
        return Unknown(reason) if finalises else Transient(reason)
    if "DUPLICATE" in code or "is a duplicate of" in reason:
        return Refused("duplicate", reason)
    return Refused("permission" if answer.status == 403 else "refused", reason)


def get(path: str, token: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read something."""
    url = f"{API}/{path}"
    answer = http.call("GET", url, classify=classify, token=token, headers=HEADERS, query=query)
    return dict(answer.json())


def post(path: str, token: str, body: Mapping[str, Any], *, finalises: bool = False) -> Answer:
    """Make something."""
    url = f"{API}/{path}"
    return http.call(
        "POST", url, classify=classify, token=token, headers=HEADERS, json_body=body, finalises=finalises
    )

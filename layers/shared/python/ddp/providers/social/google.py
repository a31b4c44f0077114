"""What YouTube's access and publishing have in common: reads of the Data API, and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ddp.errors import CredentialsExpired, ScopeMissing, Transient, Unknown, WorkerError
from ddp.providers.social import http, rules
from ddp.providers.social.base import AllQuotaReached, Platform, QuotaReached, Refused
from ddp.providers.social.http import Answer
from ddp.providers.social.rules import periods

RULES = rules.of(Platform.YOUTUBE)
API = f"{RULES['api']['base']}/{RULES['api']['version']}"

# The units of the project, which all accounts here share; and the uploads of one channel.
_OF_PROJECT, _OF_CHANNEL = {"quotaExceeded", "dailyLimitExceeded"}, {"uploadLimitExceeded"}
_RATE = {"rateLimitExceeded", "userRateLimitExceeded"}
_EXPIRED = {"authError", "invalidCredentials", "unauthorized"}
_SCOPE = "insufficientPermissions"


def classify(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an error of the Data API means."""
    given = answer.json()
    error = given.get("error") if isinstance(given, dict) else None
    if not isinstance(error, dict):
        return None
    cause = next((found.get("reason", "") for found in error.get("errors") or []), "")
    reason = f"{error.get('message', '')} ({cause})"[: http.REASON_CHARACTERS]
    if cause in _OF_PROJECT:
        return AllQuotaReached(reason, retry_after=_until_midnight_pacific())
    if cause in _OF_CHANNEL:
        return QuotaReached(reason, retry_after=_until_midnight_pacific())
    if cause in _RATE:
        return QuotaReached(reason, retry_after=answer.retry_after() or 60)
    if cause == _SCOPE:
        return ScopeMissing(reason)
    if cause in _EXPIRED or answer.status == 401:
        return CredentialsExpired(reason)
    if answer.status >= 500:
        return Unknown(reason) if finalises else Transient(reason, retry_after=answer.retry_after())
    return Refused("permission" if answer.status == 403 else "refused", reason)


def get(path: str, token: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Read a list of resources."""
    return dict(http.call("GET", f"{API}/{path}", classify=classify, token=token, query=query).json())


def _until_midnight_pacific() -> float:
    return (periods.end(RULES["quotas"]["units"]) - datetime.now(UTC)).total_seconds()

"""What Facebook and Instagram have in common: errors of the Graph API, and the upload of a video's bytes.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, …/docs/instagram-platform/reference/error-codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ddp.errors import CredentialsExpired, Transient, Unknown, WorkerError
from ddp.providers.social import http, rules
from ddp.providers.social.base import (
    Account,
    AllQuotaReached,
    Media,
    Platform,
    QuotaReached,
    Refused,
    StateLost,
)
from ddp.providers.social.http import Answer

# Bytes that are read and held at once while a video is uploaded.
PIECE = 8 * 1024 * 1024

_EXPIRED = {102, 190}
_QUOTA = {4, 17, 32, 341, 613}
_QUOTA_OF_APPLICATION = 4
# The permission is missing, or was taken back.
_PERMISSION = {3, 10}
_SERVICE = {1, 2}
_BLOCKED_FOR_NOW = 368
_DUPLICATE = 506
_INVALID, _NOT_THERE = 100, 33

# Instagram's subcodes: try again later; refuse, with a stable code; the quota of posts.
_AGAIN = {2207001, 2207003, 2207032, 2207053}
_REFUSED = {
    2207004: "media-too-large",
    2207005: "media-type",
    2207009: "media-ratio",
    2207010: "text-too-long",
    2207023: "media-type",
    2207026: "media-type",
    2207028: "media-count",
    2207040: "too-many-mentions",
    2207050: "account-restricted",
    2207052: "media-not-fetched",
    2207057: "thumbnail",
}
_POSTS_OF_DAY = 2207042
# Prove that nothing was published: the container is not finished yet, or too old.
_NOT_FINISHED, _TOO_OLD = 2207027, 2207020
# Have been answered although the post went out.
_NOT_TOLD = {2207008, 2207051}

_LATER_SECONDS = 3600.0


def classify(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an error of the Graph API means."""
    given = answer.json()
    error = given.get("error") if isinstance(given, dict) else None
    if not isinstance(error, dict):
        return None
    code, subcode = error.get("code"), error.get("error_subcode")
    reason = _sentence(error)
    if code in _EXPIRED:
        return CredentialsExpired(reason)
    if finalises and subcode in _NOT_TOLD:
        return Unknown(reason)
    if subcode == _TOO_OLD:
        return StateLost(reason)
    if subcode == _NOT_FINISHED:
        return Transient(reason)
    if subcode == _POSTS_OF_DAY or code in _QUOTA or (isinstance(code, int) and 80_000 <= code <= 80_014):
        kind = AllQuotaReached if code == _QUOTA_OF_APPLICATION else QuotaReached
        return kind(reason, retry_after=_regained(answer))
    if code == _BLOCKED_FOR_NOW:
        return QuotaReached(reason, retry_after=_LATER_SECONDS)
    if subcode in _REFUSED:
        return Refused(_REFUSED[subcode], reason)
    if code in _SERVICE or error.get("is_transient") or subcode in _AGAIN or subcode in _NOT_TOLD:
        return Unknown(reason) if finalises else Transient(reason)
    if code in _PERMISSION or (isinstance(code, int) and 200 <= code <= 299):
        return Refused("permission", reason)
    if code == _DUPLICATE:
        return Refused("duplicate", reason)
    if code == _INVALID and subcode == _NOT_THERE:
        return Refused("not-found", reason)
    return Refused("refused", reason) if answer.status < 500 else None


def graph(platform: Platform) -> str:
    """The address of the platform's Graph API, with its version."""
    api = rules.of(platform)["api"]
    return f"{api['base']}/{api['version']}"


def get(base: str, path: str, token: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Read an object or an edge."""
    answer = http.call("GET", f"{base}/{path}", classify=classify, token=token, query=query)
    return dict(answer.json())


def post(
    base: str, path: str, token: str, fields: Mapping[str, str], *, finalises: bool = False
) -> dict[str, Any]:
    """Make or change an object."""
    url = f"{base}/{path}"
    answer = http.call("POST", url, classify=classify, token=token, form=fields, finalises=finalises)
    if finalises:
        answer.told("id" if "id" in answer.json() else "success")
    return dict(answer.json())


def posts_left(account: Account) -> tuple[int | None, int | None]:
    """How many posts Instagram takes of the account in 24 hours, and how many more now; None: it does not say."""
    path = f"{account.external_account_id}/content_publishing_limit"
    query = {"fields": "quota_usage,config"}
    answer = get(graph(Platform.INSTAGRAM), path, account.access_token, query)
    given: dict[str, Any] = next(iter(answer.get("data", [])), {})
    total = given.get("config", {}).get("quota_total")
    return total, None if total is None else max(0, total - given.get("quota_usage", 0))


def upload(url: str, token: str, media: Media, phase: Mapping[str, Any]) -> None:
    """Upload a video's bytes to an address of rupload.facebook.com, from where an earlier attempt ended.

    `phase`: what Meta says of its uploading_phase, {} if nothing was uploaded. Facebook and Instagram spell the number
    of bytes differently.
    """
    headers = {"Authorization": f"OAuth {token}"}
    start = int(phase.get("bytes_transfered") or phase.get("bytes_transferred") or 0)
    if phase.get("status") == "complete" or start >= media.size:
        return
    http.call(
        "POST",
        url,
        classify=_of_upload,
        headers=headers
        | {"offset": str(start), "file_size": str(media.size), "Content-Length": str(media.size - start)},
        body=_pieces(media, start),
        seconds=300,
    )


def _of_upload(answer: Answer, finalises: bool) -> WorkerError | None:
    """What an uploader's error means: bytes of an attempt that broke off may still arrive, so ask again later."""
    given = answer.json()
    reason = given.get("debug_info") if isinstance(given, dict) else None
    if isinstance(reason, dict) and reason.get("type") == "OffsetInvalidError":
        return Transient(answer.text)
    return classify(answer, finalises)


def _pieces(media: Media, start: int) -> Iterator[bytes]:
    for place in range(start, media.size, PIECE):
        yield media.read(place, min(PIECE, media.size - place))


def _sentence(error: dict[str, Any]) -> str:
    words = error.get("error_user_msg") or error.get("message") or "no reason given"
    numbers = "/".join(str(error[name]) for name in ("code", "error_subcode") if error.get(name) is not None)
    return f"{words} ({numbers})"[: http.REASON_CHARACTERS]


def _regained(answer: Answer) -> float | None:
    """Seconds until the quota is regained, from the header about the business's use."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        minutes = max(
            use.get("estimated_time_to_regain_access", 0) for uses in usage.values() for use in uses
        )
    except (ValueError, AttributeError, TypeError):
        return answer.retry_after()
    return float(minutes) * 60 or None

"""Answers that a client may keep, and must ask about each time: ETag, If-None-Match, 304.

The tag is a hash of the body, so that it changes with what the caller may see: a share that was revoked vanishes with
the next request.
"""

from __future__ import annotations

import hashlib
from typing import Any

KEPT = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, X-DDP-Account"}


def tagged(event: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of a GET with its tag, or 304 if the client has it. Leaves answers alone that say how to be kept."""
    is_get = event["requestContext"]["http"]["method"] == "GET"
    headers = answer["headers"]
    if not is_get or answer["statusCode"] != 200 or "Cache-Control" in headers:
        return answer
    tag = f'"{hashlib.sha256(answer["body"].encode()).hexdigest()[:32]}"'
    kept = {**KEPT, "ETag": tag}
    if _has(event["headers"].get("if-none-match", ""), tag):
        return {"statusCode": 304, "headers": {**kept, "X-Content-Type-Options": "nosniff"}, "body": ""}
    return answer | {"headers": headers | kept}


def _has(if_none_match: str, tag: str) -> bool:
    """Weak comparison (RFC 9110): proxies that compress turn `"…"` into `W/"…"`."""
    given = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in given or "*" in given

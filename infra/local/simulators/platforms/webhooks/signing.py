"""Signatures of webhooks and callbacks, as the platforms document them.

From developers.facebook.com: Webhooks (validating payloads), data deletion callback; developers.tiktok.com: webhook
verification, read in November 2026.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def hub_signature(body: bytes, secret: str) -> str:
    """Meta's header X-Hub-Signature-256, over the body as it is sent."""
    return f"sha256={_hex(body, secret)}"


def tiktok_signature(body: bytes, secret: str, at: float) -> str:
    """TikTok's header TikTok-Signature, over the time and the body."""
    time = str(int(at))
    return f"t={time},s={_hex(f'{time}.'.encode() + body, secret)}"


def signed_request(payload: Mapping[str, Any], secret: str) -> str:
    """Meta's field signed_request: the signature and the payload, both in base64 for addresses without its padding."""
    encoded = _base64(json.dumps(payload, separators=(",", ":")).encode())
    return f"{_base64(hmac.digest(secret.encode(), encoded.encode(), 'sha256'))}.{encoded}"


def _hex(message: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

"""Reports of orders that a retailer's shop signs: which are believed.

    X-DDP-Timestamp: seconds since 1970, within five minutes of our clock
    X-DDP-Signature: HMAC-SHA256, as hex, of the timestamp, a full stop and the raw body

Whoever the retailer is, a wrong signature gets one answer: it says nothing about whether there is such a retailer.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Unauthenticated
from ddp.links import conversions
from ddp.queries.analytics import conversions as queries


def verified(cursor: Cursor[DictRow], retailer_id: UUID, headers: Mapping[str, str], body: bytes) -> bytes:
    """The signature of a report, 32 bytes. Raises Unauthenticated if it is missing, wrong, too old or too new."""
    timestamp = headers.get("x-ddp-timestamp", "")
    given = _given(headers)
    _require_recent(timestamp)
    for key_id in queries.key_ids(cursor, retailer_id):
        expected = conversions.signature(conversions.hook_key(retailer_id, key_id), timestamp, body)
        if hmac.compare_digest(expected, given):
            return expected
    raise Unauthenticated(
        "The signature is wrong: sign the value of X-DDP-Timestamp, a full stop and the raw body, with a key from"
        " POST /conversions/keys that is still valid.",
        code="wrong-signature",
    )


def _given(headers: Mapping[str, str]) -> bytes:
    try:
        return bytes.fromhex(headers.get("x-ddp-signature", "")[:128])
    except ValueError:
        raise Unauthenticated("X-DDP-Signature is not hexadecimal.", code="wrong-signature") from None


def _require_recent(timestamp: str) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Unauthenticated(
            "X-DDP-Timestamp must be the seconds since 1 January 1970 (Unix time).", code="wrong-timestamp"
        )
    if abs(time.time() - int(timestamp)) > conversions.TOLERANCE:
        raise Unauthenticated(
            "X-DDP-Timestamp is more than five minutes from now: set the clock, and sign each report when it is sent.",
            code="wrong-timestamp",
        )

"""The caller: the claims that the authorizer verified."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ddp.errors import Unauthenticated

# The code of the problem that says so; clients sign in again.
EXPIRED = "token-expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims of a verified token.

    `subject` is the person, a row of `users`; which account it acts for is decided in PostgreSQL
    (ddp.active_user_id()). `document` is all claims as JSON, for request.jwt.claims.
    """

    subject: UUID
    document: str


def from_authorizer(context: Mapping[str, Any]) -> Claims:
    """Read the claims from a request's authorizer context. Raises Unauthenticated.

    Checks `exp`: the authorizer lets expired tokens through, and API Gateway caches its answer for 300 s.
    """
    document = context.get("claims")
    if not isinstance(document, str):
        raise Unauthenticated("Send a bearer token in the Authorization header.")
    try:
        claims = json.loads(document)
        expired = claims["exp"] <= time.time()
        subject = UUID(claims["sub"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unauthenticated("The token has no valid user id (sub) or expiry (exp).") from None
    if expired:
        raise Unauthenticated("The token has expired: sign in again.", code=EXPIRED)
    return Claims(subject=subject, document=document)

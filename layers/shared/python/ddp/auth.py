"""Who asks: the claims that the authorizer verified."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ddp.errors import Unauthenticated


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """A verified token: `subject` is users.user_id; `document` the whole claims as JSON, as PostgreSQL reads them."""

    subject: UUID
    document: str


def from_authorizer(context: Mapping[str, Any]) -> Claims:
    """The claims in a request's authorizer context.

    API Gateway caches the authorizer's answer (300 s), so a token can end in between: `exp` is checked again.
    Raises Unauthenticated.
    """
    document = context.get("claims")
    if not isinstance(document, str):
        raise Unauthenticated("Send a bearer token in the Authorization header.")
    try:
        claims = json.loads(document)
        expired = claims["exp"] <= time.time()
        subject = UUID(claims["sub"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unauthenticated("The token's subject is no user id, or its expiry no time.") from None
    if expired:
        raise Unauthenticated("The token has expired: sign in again.", code="token-expired")
    return Claims(subject=subject, document=document)

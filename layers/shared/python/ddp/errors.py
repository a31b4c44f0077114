"""Two families of errors: HttpError becomes an HTTP response, WorkerError controls how a queue worker retries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class HttpError(Exception):
    """Becomes an RFC 9457 problem document at the edge: a CallerError, or Unavailable.

    `detail` tells a person what to do. `code` is stable, for programs. `extra` has further fields of the document, such
    as the id of a conflicting file.
    """

    status: ClassVar[int]
    title: ClassVar[str]
    default_code: ClassVar[str]

    def __init__(
        self, detail: str, *, code: str | None = None, extra: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.extra = dict(extra or {})


class CallerError(HttpError):
    """The caller can correct the request; repeating it unchanged gives the same answer."""


class Unauthenticated(CallerError):
    """There is no valid token, or its account is not active."""

    status, title, default_code = 401, "Not signed in", "unauthenticated"


class Forbidden(CallerError):
    """The caller is known but may not do this."""

    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(CallerError):
    """The object does not exist or is not visible to this caller; the answer never says which."""

    status, title, default_code = 404, "Not found", "not-found"


class Conflict(CallerError):
    """The current state does not permit this (already exists, already settled, frozen)."""

    status, title, default_code = 409, "Conflict", "conflict"


class TooLarge(CallerError):
    """The request, or the answer that it asks for, is too large."""

    status, title, default_code = 413, "Too large", "too-large"


class Invalid(CallerError):
    """The request itself is wrong."""

    status, title, default_code = 422, "Invalid request", "invalid"


class TooMany(CallerError):
    """The caller has reached the limit of work in progress per tenant."""

    status, title, default_code = 429, "Too much in progress", "too-many"


class OverBudget(CallerError):
    """The account has made more requests than it may per second; repeating the request later is all that it takes."""

    status, title, default_code = 429, "Too many requests", "over-request-budget"


class Unavailable(HttpError):
    """The database is unreachable or overloaded. The request may be right as it is; repeat it later."""

    status, title, default_code = 503, "Temporarily unavailable", "unavailable"


class Unhealthy(HttpError):
    """Something of the platform does not run. Not logged as an error: what stopped has an alarm of its own."""

    status, title, default_code = 503, "Unhealthy", "unhealthy"


class WorkerError(Exception):
    """Raised in a queue worker; the class determines whether and when to retry."""


class Permanent(WorkerError):
    """The work can never succeed: record it as failed and do not retry."""


class Transient(WorkerError):
    """The work may succeed later: retry."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """`retry_after` is in seconds; None if the other side named no time."""
        super().__init__(reason)
        self.retry_after = retry_after


class CredentialsExpired(WorkerError):
    """The owner must connect the account again."""


class ScopeMissing(CredentialsExpired):
    """The owner did not grant what the call needs: a renewed token does not have it either."""


class Unknown(WorkerError):
    """The action may have taken effect: never repeat it blindly."""

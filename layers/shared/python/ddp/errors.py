"""Two families of errors: for callers (each has its HTTP answer) and for workers (each steers the retry)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class CallerError(Exception):
    """The caller can mend this. Becomes an RFC 9457 problem document at the edge.

    `detail` is a sentence a person can act on, `code` a stable word for programs, `extra` further members of
    the document (for instance the id of the file that is in the way).
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


class Unauthenticated(CallerError):
    """No valid token, or the account behind it is not active."""

    status, title, default_code = 401, "Not signed in", "unauthenticated"


class Forbidden(CallerError):
    """Known caller, but not allowed to do this."""

    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(CallerError):
    """Does not exist, or is not visible to this caller: the two are never told apart."""

    status, title, default_code = 404, "Not found", "not-found"


class Conflict(CallerError):
    """The present state forbids it (already exists, already settled, frozen)."""

    status, title, default_code = 409, "Conflict", "conflict"


class Invalid(CallerError):
    """The request itself is wrong."""

    status, title, default_code = 422, "Invalid request", "invalid"


class TooMany(CallerError):
    """The caller has as much under way as one tenant may."""

    status, title, default_code = 429, "Too much under way", "too-many"


class Unavailable(CallerError):
    """The database cannot be reached or is overloaded; the same request may be repeated."""

    status, title, default_code = 503, "Temporarily unavailable", "unavailable"


class WorkerError(Exception):
    """What a queue worker raises; says whether and when the work is tried again."""


class Permanent(WorkerError):
    """Will never succeed: settle it as failed, do not retry."""


class Transient(WorkerError):
    """May succeed later."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """`retry_after` in seconds, where the other side named one."""
        super().__init__(reason)
        self.retry_after = retry_after


class CredentialsExpired(WorkerError):
    """The account must be connected again by its owner."""


class Unknown(WorkerError):
    """It may have happened: never repeated blindly."""

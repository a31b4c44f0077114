"""Two families of errors: HttpError has an HTTP answer, WorkerError steers the retry of a queue worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class HttpError(Exception):
    """Becomes an RFC 9457 problem document at the edge: a CallerError, or Unavailable.

    `detail` is a sentence that tells a person what to do, `code` a stable word for programs, `extra` further members of
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


class CallerError(HttpError):
    """The caller can correct this; the same request again has the same answer."""


class Unauthenticated(CallerError):
    """No valid token, or the account behind it is not active."""

    status, title, default_code = 401, "Not signed in", "unauthenticated"


class Forbidden(CallerError):
    """The caller is known, but is not allowed to do this."""

    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(CallerError):
    """Does not exist, or is not visible to this caller: the answer never says which."""

    status, title, default_code = 404, "Not found", "not-found"


class Conflict(CallerError):
    """The current state forbids it (already exists, already settled, frozen)."""

    status, title, default_code = 409, "Conflict", "conflict"


class Invalid(CallerError):
    """The request itself is wrong."""

    status, title, default_code = 422, "Invalid request", "invalid"


class TooMany(CallerError):
    """The caller has as much in progress as one tenant may have."""

    status, title, default_code = 429, "Too much under way", "too-many"


class Unavailable(HttpError):
    """The database cannot be reached or is overloaded. Nobody can correct the request; it may be repeated."""

    status, title, default_code = 503, "Temporarily unavailable", "unavailable"


class WorkerError(Exception):
    """Raised in a queue worker; its class says whether and when the work is tried again."""


class Permanent(WorkerError):
    """Will never succeed: record the work as failed, do not retry."""


class Transient(WorkerError):
    """May succeed later."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """`retry_after`: seconds, where the other side named a time."""
        super().__init__(reason)
        self.retry_after = retry_after


class CredentialsExpired(WorkerError):
    """The owner must connect the account again."""


class Unknown(WorkerError):
    """It may have happened: never repeat it blindly."""

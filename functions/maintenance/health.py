"""What GET /health says: which schedules and workers run, how long work has waited, and whether the schema is there.

Anybody may ask, so the answer is kept for some seconds, and has no tenant's data.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from ddp import db, settings
from ddp.errors import HttpError
from ddp.queries import heartbeats

# The release that answers.
RELEASE: Final = settings.required("DDP_RELEASE")
# The newest migration that this code knows, as the migrator notes it.
SCHEMA_VERSION: Final = settings.required("DDP_SCHEMA_VERSION")
KEPT_SECONDS: Final = 5.0

# A schedule that stops is named within three minutes: two runs may be missed, and half a minute is for their work.
_MINUTE, _FIVE_MINUTES, _HOUR = 150, 660, 3 * 3600

# For how many seconds a schedule may complete no run. Those of once a day or less often have their alarms only.
SCHEDULES: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "sending-reconcile",
            "uploads-reconcile",
            "catalogue-reconcile",
            "social-reconcile",
            "social-due",
            "social-poll",
            "sms-opt-outs",
            "analytics-refresh",
        ),
        _MINUTE,
    ),
    "social-tokens": _FIVE_MINUTES,
    "maintenance-cleanup": _HOUR,
    "maintenance-reconcile": _HOUR,
}

# For how many seconds the worker of a queue, by its function's name, may do nothing: each queue is sent a ping each
# minute, so that its worker has something to do. Not analytics-export, which reads as its callers do, with a login that
# may note nothing: it is among KINDS.
WORKERS: Final[Mapping[str, int]] = dict.fromkeys(
    (
        "uploads-object-created",
        "catalogue-import-products",
        "email-plan",
        "email-send",
        "email-events",
        "sms-plan",
        "sms-send",
        "sms-events",
        "sms-inbound",
        "social-publish",
        "engagement-ingest",
        "sending-export",
    ),
    _MINUTE,
)

# For how many seconds the oldest due item of each kind may wait for a worker. Readings of posts also wait for the
# platforms' limits, as their alarm knows.
KINDS: Final[Mapping[str, int]] = {
    "email": 90,
    "sms": 90,
    "social": 90,
    "engagement": 1800,
    "analytics-export": 90,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How old something is. `seconds` is None if nothing is known about it."""

    name: str
    seconds: int | None
    allowed_seconds: int

    @property
    def is_late(self) -> bool:
        """Whether it is older than it may be."""
        return self.seconds is None or self.seconds > self.allowed_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found. `reasons` has one word for each thing that is wrong."""

    reasons: tuple[str, ...]
    version: str = RELEASE
    schema_version: str | None = None
    heartbeats: tuple[Age, ...] = ()
    workers: tuple[Age, ...] = ()
    oldest_due: tuple[Age, ...] = ()


_kept: tuple[float, Health] | None = None


def health() -> Health:
    """What was found within the last seconds, or is found now."""
    global _kept  # shared by all requests of the execution environment
    now = time.monotonic()
    if _kept is None or now - _kept[0] > KEPT_SECONDS:
        _kept = (now, look())
    return _kept[1]


def look() -> Health:
    """Ask the database. Never raises because of it."""
    try:
        # Without claims: nobody's rows are visible.
        with db.transaction(role="authenticated", timeout_seconds=3) as cursor:
            found = heartbeats.health(cursor)
    except psycopg.errors.UndefinedFunction:
        return Health(reasons=("schema",))
    except (HttpError, psycopg.Error):
        return Health(reasons=("database",))
    return judge(found)


def judge(found: Mapping[str, Any]) -> Health:
    """Compare what the database knows with what it should know."""
    beats = found["heartbeats"]
    runs, workers = _ages(beats, SCHEDULES), _ages(beats, WORKERS)
    measured = {kind: seconds for beat in beats.values() for kind, seconds in beat["oldest_due"].items()}
    due = tuple(
        Age(name=kind, seconds=_whole(measured.get(kind, 0)), allowed_seconds=allowed)
        for kind, allowed in KINDS.items()
    )
    version = found["schema_version"]
    is_old = (version or "") < SCHEMA_VERSION
    late = (age.name for age in (*runs, *workers, *due) if age.is_late)
    reasons = (*(["schema"] if is_old else []), *late)
    return Health(reasons=reasons, schema_version=version, heartbeats=runs, workers=workers, oldest_due=due)


def _ages(beats: Mapping[str, Any], allowed: Mapping[str, int]) -> tuple[Age, ...]:
    return tuple(
        Age(name=name, seconds=_whole(beats.get(name, {}).get("seconds")), allowed_seconds=seconds)
        for name, seconds in allowed.items()
    )


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)

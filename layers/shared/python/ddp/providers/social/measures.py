"""What an adapter that reads the numbers of published posts takes and answers.

Counts come only from these reads: a webhook never carries one. What a platform does not say is absent from a reading,
never zero. Outages, missing permissions and private accounts raise; they never make a post `gone`.

An adapter raises what the others raise (ddp.providers.social.base): Refused, Transient, QuotaReached and
CredentialsExpired. It raises only if nothing was read: of an answer that is partly an error, the rest is returned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from ddp.providers.social.base import Account, Platform, PostType


class EngagementType(StrEnum):
    """What can be counted, by the names that the database has. Each platform's rules map its metrics to these."""

    LIKE = "like"
    # Other than a like; where a platform gives only the total of all reactions, that total.
    REACTION = "reaction"
    COMMENT = "comment"
    SHARE = "share"
    SAVE = "save"
    CLICK = "click"
    VIEW = "view"
    REACH = "reach"
    FOLLOW = "follow"
    WATCH_SECONDS = "watch_seconds"


class Kind(StrEnum):
    """What a call reads: what the platform counts at once, or what it computes now and then."""

    COUNTERS = "counters"
    INSIGHTS = "insights"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPost:
    """A published post whose numbers are asked for."""

    post_id: UUID
    external_id: str
    post_type: PostType
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the platform answered to one call.

    `counts`: by post, then by engagement type. `gone`: posts that the platform says do not exist. `retired`: metrics
    that the platform no longer knows, with its sentence; the others of the same call were read. `reads`: the posts
    that the platform charges for. `named`: posts that have another id from now on, by which they are read.
    """

    counts: Mapping[UUID, Mapping[str, int]]
    gone: frozenset[UUID] = frozenset()
    retired: Mapping[str, str] = field(default_factory=dict)
    reads: int = 0
    named: Mapping[UUID, str] = field(default_factory=dict)


class Measurer(Protocol):
    """How one platform is asked for numbers. Keeps no state; several threads may use it at once."""

    platform: Platform

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Read the numbers of posts of the account, at most as many as measuring.counting.batch says, by one call.

        `without`: metrics that are switched off, by the names that `retired` has. An invalid metric takes more calls,
        which find out which one it is.
        """
        ...

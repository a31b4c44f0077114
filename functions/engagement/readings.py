"""One account's readings of one kind: paid where they cost, read by as few calls as the platform allows, and judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers.social import measuring, rules, stored_tokens
from ddp.providers.social.base import Account, AllQuotaReached, Platform, PostType, QuotaReached, Refused
from ddp.providers.social.measures import Kind, MeasuredPost, Measurer, Reading
from ddp.providers.social.measuring import counting
from ddp.queries.engagement import polls
from ddp.queries.engagement.polls import Counts, Name, Poll, PollResult, Unread
from ddp.queries.social import tokens
from functions.engagement import cadence, quotas

# Seconds until a platform that did not answer is asked again, and one whose quota is used up.
_SOON, _QUOTA = timedelta(minutes=5), timedelta(minutes=15)


@dataclass(slots=True)
class Readings:
    """What came of an account's readings of one kind. `deadline`: no call begins after it (time.monotonic()).

    `waiting`: until when platforms are not asked, because their quota is used up; shared with the other accounts.
    `outcomes`: how many ended in which way.
    """

    worker: UUID
    kind: Kind
    polls: Sequence[Poll]
    without: Collection[str]
    deadline: float
    waiting: dict[str, datetime] = field(default_factory=dict)
    counts: list[Counts] = field(default_factory=list)
    results: list[PollResult] = field(default_factory=list)
    retired: dict[str, str] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def read(self) -> None:
        """Ask the platform for all of them, and record what it says. Never raises for what the platform does."""
        one = self.polls[0]
        measurer: Measurer = measuring.of(one.platform)
        size = counting.batch(Platform(one.platform), self.kind, one.account_kind or "")
        if not size:
            self._skip(self.polls, "not_offered", is_over=True)
        elif wait := self._wait():
            self._fail(self.polls, "quota", wait)
        else:
            self._read(measurer, self._paid(), size)
        self._record()

    def _paid(self) -> Sequence[Poll]:
        """Those that cost nothing, or are paid. The others are passed over."""
        price = self._price()
        if not price:
            return self.polls
        one, post_ids = self.polls[0], [poll.post_id for poll in self.polls]
        with db.transaction(role="service_role") as cursor:
            may_be_read = polls.pay(cursor, one.user_id, self.kind, post_ids, price=price)
        self._skip([poll for poll in self.polls if poll.post_id not in may_be_read], "budget")
        return [poll for poll in self.polls if poll.post_id in may_be_read]

    def _read(self, measurer: Measurer, paid: Sequence[Poll], size: int) -> None:
        try:
            one = self.polls[0]
            account = stored_tokens.account(one, handle=one.account_handle, scopes=one.scopes)
        except CredentialsExpired as error:
            self._expired(paid, error)
            return
        except Transient:
            self._fail(paid, "unreachable", _SOON)
            return
        for start in range(0, len(paid), size):
            self._record()  # what was read is kept, whatever becomes of the rest
            rest = paid[start:]
            if time.monotonic() > self.deadline:
                self._fail(rest, None, timedelta(0))
                self._refund(rest)
                return
            if not self._read_batch(measurer, account, rest[:size], rest):
                return

    def _read_batch(
        self, measurer: Measurer, account: Account, batch: Sequence[Poll], rest: Sequence[Poll]
    ) -> bool:
        """Read posts by one call. Returns whether to go on with the others of `rest`."""
        # Before the call: what another worker reads meanwhile is newer.
        read_at = datetime.now(UTC)
        try:
            if units := _rule(batch[0]).get("units"):
                quotas.take(batch[0].platform, units)
            reading = measurer.measure(account, _posts(batch), self.kind, without=self.without)
        except CredentialsExpired as error:
            self._expired(rest, error)
            return False
        except QuotaReached as error:
            self._quota_reached(rest, error)
            return False
        except Transient as error:
            logger.info("numbers could not be read", platform=batch[0].platform, reason=str(error)[:200])
            self._fail(rest, "unreachable", _later(error, _SOON))
            return False
        except Refused as error:
            logger.info("numbers were refused", platform=batch[0].platform, code=error.code)
            self._skip(batch, "refused")
            self._refund(batch)
        else:
            self._take(batch, reading, read_at)
        return True

    def _take(self, batch: Sequence[Poll], reading: Reading, read_at: datetime) -> None:
        self.counts.append(Counts(kind=self.kind, read_at=read_at, by_post=reading.counts))
        self.retired |= reading.retired
        self.names.extend(
            Name(
                post_id=poll.post_id,
                publish_id=poll.external_post_id,
                external_id=reading.named[poll.post_id],
            )
            for poll in batch
            if poll.post_id in reading.named
        )
        for poll in batch:
            if poll.post_id in reading.gone:
                self.results.append(PollResult(post_id=poll.post_id, kind=poll.kind, outcome="gone"))
            elif poll.post_id in reading.counts:
                self.results.append(
                    PollResult(
                        post_id=poll.post_id, kind=poll.kind, outcome="measured", next_at=_next(poll, read_at)
                    )
                )
            else:  # not zero: the platform did not say
                self._skip([poll], "not_said", read_at=read_at)

    def _skip(
        self, passed: Sequence[Poll], reason: str, *, read_at: datetime | None = None, is_over: bool = False
    ) -> None:
        self.results.extend(
            PollResult(
                post_id=poll.post_id,
                kind=poll.kind,
                outcome="skipped",
                next_at=None if is_over else _next(poll, read_at) or _when_paid_again(poll, reason),
                reason=reason,
            )
            for poll in passed
        )

    def _fail(self, unread: Sequence[Poll], reason: str | None, after: timedelta) -> None:
        at = datetime.now(UTC) + after
        self.results.extend(
            PollResult(post_id=poll.post_id, kind=poll.kind, outcome="failed", next_at=at, reason=reason)
            for poll in unread
        )

    def _wait(self) -> timedelta:
        """How long the platform is not asked."""
        now = datetime.now(UTC)
        return max(self.waiting.get(self.polls[0].platform, now) - now, timedelta(0))

    def _quota_reached(self, unread: Sequence[Poll], error: QuotaReached) -> None:
        """They wait until there is more; if it is the application's, so do all other readings of the platform."""
        wait, platform = _later(error, _QUOTA), unread[0].platform
        if isinstance(error, AllQuotaReached):
            self.waiting[platform] = datetime.now(UTC) + wait
            with db.transaction(role="service_role") as cursor:
                polls.wait(cursor, platform, self.waiting[platform])
        self._fail(unread, "quota", wait)

    def _expired(self, unread: Sequence[Poll], error: CredentialsExpired) -> None:
        """The account has to be connected again; its readings wait until then."""
        with db.transaction(role="service_role") as cursor:
            tokens.expired(cursor, unread[0].account_id, reason=str(error)[:500])
        self._fail(unread, "account", _SOON)
        self._refund(unread)

    def _refund(self, unread: Sequence[Poll]) -> None:
        """What the platform refused it has not charged."""
        price, day = self._price(), datetime.now(UTC).date()
        paid = [poll.post_id for poll in unread if poll.paid_on != day]
        if price and paid:
            given = Unread(
                user_id=unread[0].user_id,
                worker=self.worker,
                kind=self.kind,
                post_ids=paid,
                price=price,
                day=day,
            )
            with db.transaction(role="service_role") as cursor:
                polls.refund(cursor, given)

    def _price(self) -> Decimal:
        name = _rule(self.polls[0]).get("price")
        return Decimal(rules.of(self.polls[0].platform)["prices"][name]) if name else Decimal(0)

    def _record(self) -> None:
        if not self.results:
            return
        with db.transaction(role="service_role", timeout_seconds=30) as cursor:
            polls.end(cursor, self.results, counts=self.counts, worker=self.worker)
            if self.names:
                polls.name(cursor, self.names)
            new = polls.retire(cursor, self.polls[0].platform, self.retired) if self.retired else []
        self.outcomes.update(result.outcome for result in self.results)
        self.results, self.counts, self.retired, self.names = [], [], {}, []
        for metric in new:
            # The alarm counts the rows that are new; this line says which metric it is about.
            logger.error("metric retired", platform=self.polls[0].platform, metric=metric)


def grouped(claimed: Sequence[Poll]) -> Iterator[Sequence[Poll]]:
    """Readings of the same account and kind."""
    found: dict[tuple[UUID, str], list[Poll]] = {}
    for poll in claimed:
        found.setdefault((poll.account_id, poll.kind), []).append(poll)
    yield from found.values()


def _posts(batch: Sequence[Poll]) -> list[MeasuredPost]:
    return [
        MeasuredPost(
            post_id=poll.post_id,
            external_id=poll.external_post_id,
            post_type=PostType(poll.post_type),
            published_at=poll.published_at,
        )
        for poll in batch
    ]


def _rule(poll: Poll) -> Mapping[str, Any]:
    """What the platform's rules say of this kind of numbers, for this kind of account."""
    return counting.rule(Platform(poll.platform), Kind(poll.kind), poll.account_kind or "") or {}


def _next(poll: Poll, read_at: datetime | None) -> datetime | None:
    """When it is read next. `read_at`: None: it was not read now, so that this day may not be paid."""
    of_kind = _rule(poll)
    minutes = cadence.plan(of_kind, is_paid="price" in of_kind)
    # What falls due so soon would have been read together with this.
    return cadence.following(
        minutes,
        poll.post_id,
        poll.published_at,
        datetime.now(UTC) + polls.WITHIN,
        again=cadence.repetitions(of_kind),
        paid_on=read_at.date() if read_at else None,
    )


def _when_paid_again(poll: Poll, reason: str) -> datetime | None:
    """What the budget had no money for is not over: a new month pays for it, although no reading was planned then."""
    if reason != "budget":
        return None
    return cadence.of_next_month(_rule(poll), poll.post_id, poll.published_at, datetime.now(UTC))


def _later(error: Transient, usual: timedelta) -> timedelta:
    return timedelta(seconds=error.retry_after) if error.retry_after else usual

"""The send stage: claims recipients who are due, composes their messages, calls the provider, records the results.

Each call's start is committed just before the call is made, and results are recorded as calls end, so that a crash
leaves as few messages unknown as possible. Only the invocation's own thread talks to the database; the threads of the
pool only call the provider.

A worker goes on with whatever is due until its time runs short, whichever message woke it. If it has to wait, for
tokens or for a time of day, a delayed message replaces the one that woke it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from ddp import db, queues
from ddp.channels import Channel
from ddp.errors import Invalid, Transient
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Transport
from ddp.queries.sending import chunks, rates, sends
from functions.sending import calls
from functions.sending.calls import Call, ComposedCall
from functions.sending.channels.composer import Composer, ComposerOf
from functions.sending.messages import SendChunk, serialise
from functions.sending.recorder import Recorder

# Maximum recipients per claim, and how long this worker owns them before their call must start.
CLAIM = 500
CLAIM_LEASE = timedelta(minutes=3)

# Seconds beyond the longest call that are kept to record its results, also if the database is away for a moment.
RECORD_SECONDS = 15.0
# Seconds for which the results of a wave's first calls wait for those of its last ones.
GATHER_SECONDS = 1.0

# How old the cached quota may be. SES can be asked once per second, by all workers together.
QUOTA_AGE = timedelta(minutes=2)
# From this delay on, the whole account has stopped (paused, or out of its daily quota): ask for the quota again.
ACCOUNT_STOPPED_SECONDS = 60

# Seconds: a shorter wait for tokens is slept through, because a new message and a new invocation take as long.
PATIENCE_SECONDS = 2.0
# Seconds: the longest time that a queue can delay a message.
LONGEST_DELAY = 900

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher(Generic[Message]):
    """The send stage of one channel. `in_flight` is the number of provider calls that are made at once."""

    channel: Channel
    bucket: str
    queue_url: str
    transport: Transport[Message]
    composer_of: ComposerOf[Message]
    in_flight: int

    def send_due(self, woken_by: SendChunk, *, deadline: float) -> int:
        """Send until nothing is due or `deadline` (of time.monotonic()) is near. Returns how many were accepted."""
        accepted = 0
        while True:
            run = Run(self, deadline=deadline)
            accepted += run.send_all()
            with db.transaction(role="service_role") as cursor:
                seconds = rates.wait(cursor, self.channel)
            if seconds is None:
                return accepted
            pause = max(seconds, 0.05)
            if seconds > PATIENCE_SECONDS or not run.has_time(pause):
                self._put_off(woken_by, seconds)
                return accepted
            time.sleep(pause)

    def _put_off(self, chunk: SendChunk, seconds: float) -> None:
        """Replace the message that woke this worker by a delayed one, unless one is on its way already."""
        delay = min(math.ceil(seconds), LONGEST_DELAY)
        with db.transaction(role="service_role") as cursor:
            sender = chunks.put_off(
                cursor, chunk.send_plan_id, chunk.chunk_no, delay=timedelta(seconds=delay)
            )
        if sender is not None:
            queues.send(self.queue_url, [serialise(chunk)], delay=delay, group=str(sender))
            logger.info("put off", seconds=delay)


# Calls under way, by the future of their answers.
UnderWay = dict[Future[list[Answer]], ComposedCall[Message]]


class Run(Generic[Message]):
    """One pass over everything that is due now."""

    def __init__(self, dispatcher: Dispatcher[Message], *, deadline: float) -> None:
        self._transport = dispatcher.transport
        self._channel = dispatcher.channel
        self._bucket = dispatcher.bucket
        self._in_flight = dispatcher.in_flight
        self._composers = Composers(dispatcher.composer_of)
        self._recorder = Recorder(dispatcher.channel, dispatcher.bucket)
        self._pool = ThreadPoolExecutor(dispatcher.in_flight, thread_name_prefix="call")
        self._deadline = deadline
        self._account_stopped = False
        self._accepted = 0

    def send_all(self) -> int:
        """Send until nothing is due, no tokens are left, or a call could not end in time. Returns the accepted."""
        try:
            self._refresh_quota(QUOTA_AGE)
            while self.has_time() and (claimed := self._claim()):
                self._send(calls.group(claimed))
                if self._account_stopped:
                    self._refresh_quota(timedelta(seconds=1))
                    self._account_stopped = False
        finally:
            self._pool.shutdown()
            self._recorder.record_until(self._deadline - 1)
        return self._accepted

    def has_time(self, pause: float = 0) -> bool:
        """Whether a call that starts after `pause` seconds ends and is recorded before the deadline."""
        call = self._transport.longest_call + RECORD_SECONDS
        return time.monotonic() + pause + call < self._deadline

    def _claim(self) -> list[sends.Claimed]:
        with db.transaction(role="service_role") as cursor:
            return sends.claim(cursor, self._channel, limit=CLAIM, lease=CLAIM_LEASE)

    def _send(self, waiting: Sequence[Call]) -> None:
        """Make the calls in waves: while one wave is under way, the next one is composed.

        Whatever goes wrong in between, the recipients of calls that were not made are pending again.
        """
        wave: Sequence[ComposedCall[Message]] = ()
        try:
            wave, waiting = self._compose_next(waiting)
            while wave and self.has_time():
                started = self._start(wave)
                # From here on, a call may have been made: its recipients are never given back.
                wave = ()
                under_way = self._make(started)
                try:
                    wave, waiting = self._compose_next(waiting)
                finally:
                    self._finish(under_way)
        finally:
            self._give_back([*(composed.call for composed in wave), *waiting])
            self._recorder.record()

    def _compose_next(
        self, waiting: Sequence[Call]
    ) -> tuple[Sequence[ComposedCall[Message]], Sequence[Call]]:
        """The next wave, composed, and the calls that wait behind it."""
        wave, rest = waiting[: self._in_flight], waiting[self._in_flight :]
        return [calls.compose(call, self._composers.of, self._transport) for call in wave], rest

    def _start(self, wave: Sequence[ComposedCall[Message]]) -> Sequence[ComposedCall[Message]]:
        """Commit that the wave's calls start. Returns those that may be made, with the recipients that may go."""
        with_messages = [composed for composed in wave if composed.messages]
        lease = timedelta(seconds=self._transport.longest_call + 4 * RECORD_SECONDS)
        with db.transaction(role="service_role") as cursor:
            call_ids = [composed.call.send_call_id for composed in with_messages]
            may_go = sends.start_calls(cursor, self._channel, call_ids, lease=lease)
        if expired := len(call_ids) - len(may_go):
            logger.warning("calls were not started: their leases had ended", calls=expired)
        started = [
            composed.only(may_go[composed.call.send_call_id])
            for composed in with_messages
            if composed.call.send_call_id in may_go
        ]
        for composed in [*(composed for composed in wave if not composed.messages), *started]:
            if not composed.messages:
                self._recorder.add(composed.call.send_call_id, composed.settled)
        return [composed for composed in started if composed.messages]

    def _make(self, started: Sequence[ComposedCall[Message]]) -> UnderWay[Message]:
        return {self._pool.submit(self._transport.send, composed.messages): composed for composed in started}

    def _finish(self, under_way: UnderWay[Message]) -> None:
        """Wait for the calls, and record the results of those that have ended each second."""
        waiting = set(under_way)
        while waiting:
            ended, waiting = wait(waiting, timeout=GATHER_SECONDS)
            for future in ended:
                composed = under_way[future]
                self._note(composed, _answers(future, len(composed.messages)))
            if ended:
                self._recorder.record()

    def _note(self, composed: ComposedCall[Message], answers: Sequence[Answer]) -> None:
        self._recorder.add(composed.call.send_call_id, calls.results(composed, answers, datetime.now(UTC)))
        self._accepted += sum(answer.outcome is Outcome.ACCEPTED for answer in answers)
        throttled = [answer for answer in answers if answer.slow_down]
        if throttled:
            self._recorder.slow_down()
        if any(answer.later >= ACCOUNT_STOPPED_SECONDS for answer in throttled):
            self._account_stopped = True

    def _give_back(self, not_made: Sequence[Call]) -> None:
        for call in not_made:
            self._recorder.add(call.send_call_id, calls.returned(call))

    def _refresh_quota(self, age: timedelta) -> None:
        """Ask the provider for its quota if the cached one is older than `age`. One of all workers does so."""
        with db.transaction(role="service_role") as cursor:
            if not rates.quota_is_stale(cursor, self._channel, self._bucket, after=age):
                return
        try:
            quota = self._transport.quota()
        except Transient:
            logger.exception("could not refresh the provider's quota; the known one stays in force")
            return
        if quota is not None:
            with db.transaction(role="service_role") as cursor:
                rates.store_quota(
                    cursor, self._bucket, per_second=quota.per_second, daily_left=quota.daily_left
                )


class Composers(Generic[Message]):
    """The composers of the plans that a run has met. A plan's content is frozen, so it is read once per run."""

    def __init__(self, composer_of: ComposerOf[Message]) -> None:
        self._read = composer_of
        self._known: dict[UUID, Composer[Message] | Invalid] = {}

    def of(self, send_plan_id: UUID) -> Composer[Message]:
        """The plan's composer. Raises Invalid, each time, if no message of the plan can be made."""
        if send_plan_id not in self._known:
            try:
                self._known[send_plan_id] = self._read(send_plan_id)
            except Invalid as error:
                self._known[send_plan_id] = error
        known = self._known[send_plan_id]
        if isinstance(known, Invalid):
            # Without its traceback, which would grow with each recipient and keep all of them in memory.
            raise known.with_traceback(None)
        return known


def _answers(future: Future[list[Answer]], count: int) -> list[Answer]:
    """The transport's answers, one for each of `count` messages.

    A transport answers and never raises. If one does raise, or answers too little, the result is not known.
    """
    try:
        answers = future.result()
    except Exception as error:  # noqa: BLE001 - whatever it was, it says nothing about acceptance
        logger.exception("a transport raised")
        answers = []
        reason = f"The transport failed: {error}"[:500]
    else:
        reason = "The transport gave no answer."
    unknown = Answer(outcome=Outcome.UNKNOWN, code="no-answer", reason=reason)
    return [*answers[:count], *([unknown] * (count - len(answers)))]

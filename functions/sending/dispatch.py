"""The send stage: claims recipients who are due, composes their messages, calls the provider, records the results.

Each call's start is committed just before the call is made, and results are recorded as calls end, so that a crash
leaves as few messages unknown as possible. While calls are in flight, results are recorded, the next recipients are
claimed, and their messages are composed. Only the invocation's own thread talks to the database; the threads of the
pool only call the provider.

A worker goes on with whatever is due until its time runs short, whichever message woke it. If it has to wait, for
tokens or for a time of day, a delayed message replaces the one that woke it.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from ddp import db, queues
from ddp.channels import Channel
from ddp.errors import Transient
from ddp.observability import count, logger, measured
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Transport
from ddp.queries.leases import LEASE
from ddp.queries.sending import chunks, rates, recipients, sends
from functions.sending import calls
from functions.sending.call_leases import CallLeases
from functions.sending.calls import Call, ComposedCall
from functions.sending.channels.composer import ComposerOf
from functions.sending.composing.composing import Composing
from functions.sending.messages import SendChunk, serialise
from functions.sending.recorder import Recorder

# Maximum recipients per claim.
CLAIM = 500

# Seconds beyond the longest call that are kept to record its results, also if the database is away for a moment.
RECORD_SECONDS = 15.0
# Seconds of one turn. The results of a call that has ended wait no longer than that.
TURN_SECONDS = 1.0

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
    """The send stage of one channel. `in_flight` is the number of calls of the transport that are made at once.

    `quota_bucket`: the bucket that the transport's quota fills; None: its buckets are filled elsewhere.
    """

    channel: Channel
    quota_bucket: str | None
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


class Run(Generic[Message]):
    """One pass over everything that is due now.

    A claimed call moves from `_composing` to `_composed` to `_under_way`, and its results to the recorder.
    """

    def __init__(self, dispatcher: Dispatcher[Message], *, deadline: float) -> None:
        self._transport = dispatcher.transport
        self._send = measured("provider_milliseconds")(dispatcher.transport.send)
        self._channel = dispatcher.channel
        self._quota_bucket = dispatcher.quota_bucket
        self._in_flight = dispatcher.in_flight
        self._recorder = Recorder(dispatcher.channel)
        self._leases = CallLeases(dispatcher.channel)
        self._pool = ThreadPoolExecutor(dispatcher.in_flight, thread_name_prefix="call")
        self._composing = Composing(
            dispatcher.channel, dispatcher.composer_of, dispatcher.transport, self._recorder
        )
        self._composed: list[ComposedCall[Message]] = []
        self._under_way: dict[Future[list[Answer]], ComposedCall[Message]] = {}
        self._deadline = deadline
        self._account_stopped = False
        self._accepted = 0

    def send_all(self) -> int:
        """Send until nothing is due, no tokens are left, or a call could not end in time. Returns the accepted."""
        try:
            self._refresh_quota(QUOTA_AGE)
            while self.has_time() and self._claim():
                self._send_claimed()
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

    def _claim(self) -> bool:
        """Claim what is due, for calls that wait. Returns whether there was something to claim."""
        worker, is_idle = self._composing.worker, not self._composing.calls and not self._composed
        with measured("claim_milliseconds"), db.transaction(role="service_role") as cursor:
            claimed = sends.claim(
                cursor, self._channel, limit=CLAIM, lease=LEASE, worker=worker, is_idle=is_idle
            )
        self._composing.add(claimed)
        return bool(claimed)

    def _send_claimed(self) -> None:
        """Make the claimed calls, turn by turn, and claim more until a claim finds nothing, or while content is slow.

        A turn begins with what keeps the provider busy. Whatever goes wrong in between, and once the provider has
        stopped the account, the recipients of calls that were not made are pending again.
        """
        more = True
        try:
            while self._held() and self.has_time() and not self._account_stopped:
                turn_ends = time.monotonic() + TURN_SECONDS
                self._leases.keep((*self._held(), *self._recorder.calls))
                self._start_calls()
                self._record()
                if (more or self._composing.is_behind) and self._has_room():
                    more = self._claim()
                self._composing.keep_holds(self._held())
                self._composing.compose(self._composed, most=self._in_flight, until=turn_ends)
                self._wait(until=turn_ends)
        finally:
            self._give_back()
            self._record()
            while self._under_way:
                self._leases.keep((*self._held(), *self._recorder.calls))
                self._wait(until=time.monotonic() + TURN_SECONDS)
                self._record()

    def _held(self) -> list[Call]:
        """The claimed calls that have not ended."""
        composed = [*self._composed, *self._under_way.values()]
        return [*self._composing.calls, *(each.call for each in composed)]

    def _has_room(self) -> bool:
        """Whether to claim while calls are in flight, or while composing takes longer than a turn.

        Only while few calls wait, and no more recipients are held than one claim has: so at most two claims are held at
        once, in memory and under their leases.
        """
        is_busy = bool(self._under_way) or self._composing.is_behind
        if not is_busy or self._account_stopped or not self._composing.may_claim:
            return False
        behind = len(self._composing.calls) + len(self._composed)
        recipients = sum(len(call.recipients) for call in self._held())
        return behind < self._in_flight and recipients <= CLAIM

    def _start_calls(self) -> None:
        """Commit that as many calls start as can be made now, and make them."""
        free = self._in_flight - len(self._under_way)
        if wave := self._composed[:free]:
            started = self._start(wave)
            # From here on, a call may have been made: its recipients are never given back.
            del self._composed[:free]
            for composed in started:
                self._under_way[self._pool.submit(self._send, composed.messages)] = composed

    def _start(self, wave: Sequence[ComposedCall[Message]]) -> Sequence[ComposedCall[Message]]:
        """Commit that the wave's calls start. Returns those that may be made, with the recipients that may go."""
        with_messages = [composed for composed in wave if composed.messages]
        call_ids = [composed.call.send_call_id for composed in with_messages]
        recipients = {composed.call.send_call_id: len(composed.call.recipients) for composed in with_messages}
        # One transaction records the last wave and starts the next, unless somebody of that is held back.
        may_go = self._recorder.record_with(
            lambda cursor: sends.start_calls(cursor, self._channel, call_ids, lease=LEASE),
            is_alone=lambda started: any(len(ids) < recipients[call] for call, ids in started.items()),
        )
        if expired := len(call_ids) - len(may_go):
            logger.warning("calls were not started: their leases had ended", calls=expired)
        started = [
            composed.only(may_go[composed.call.send_call_id])
            for composed in with_messages
            if composed.call.send_call_id in may_go
        ]
        for composed in [*(composed for composed in wave if not composed.messages), *started]:
            if not composed.messages:
                self._recorder.add(composed.call, composed.settled)
        return [composed for composed in started if composed.messages]

    def _wait(self, *, until: float) -> None:
        """Note the answers of calls that have ended. Wait for them until half of all calls can start, or until `until`.

        Half: to start and record each call by itself would cost the database several times as much.
        """
        while self._under_way:
            half_can_start = self._composed and len(self._under_way) <= self._in_flight // 2
            left = 0 if half_can_start else max(0, until - time.monotonic())
            ended, _ = wait(self._under_way, timeout=left, return_when=FIRST_COMPLETED)
            if not ended:
                return
            for future in ended:
                composed = self._under_way.pop(future)
                self._note(composed, calls.answers(future, len(composed.messages)))

    def _record(self) -> None:
        """Record the results of calls that have ended, and complete plans of which nothing is left."""
        plans = self._recorder.record()
        if released := plans - {call.send_plan_id for call in self._held()}:
            self._complete(released)

    def _complete(self, plans: Collection[UUID]) -> None:
        """Mark those of these plans as complete that are. What this misses, reconciliation finds within a minute."""
        try:
            with db.transaction(role="service_role") as cursor:
                recipients.complete(cursor, self._channel, list(plans))
        except Exception:  # noqa: BLE001 - the results are recorded, and nothing else depends on this
            logger.warning("plans could not be completed now", exc_info=True)

    def _note(self, composed: ComposedCall[Message], answers: Sequence[Answer]) -> None:
        self._recorder.add(composed.call, calls.results(composed, answers, datetime.now(UTC)))
        outcomes = Counter(answer.outcome.value for answer in answers if answer.outcome is not Outcome.RETRY)
        self._accepted += outcomes[Outcome.ACCEPTED]
        count(**outcomes)
        if throttled := [answer for answer in answers if answer.slow_down]:
            self._recorder.slow_down(composed.call.bucket)
            longest = max(throttled, key=lambda answer: answer.later)
            if longest.later >= ACCOUNT_STOPPED_SECONDS:
                self._account_stopped = True
                if self._quota_bucket is None:
                    self._recorder.stop(longest)

    def _give_back(self) -> None:
        """Give back the recipients of the calls that were not made."""
        for composed in self._composed:
            self._recorder.add(composed.call, calls.returned(composed))
        self._composed.clear()
        self._composing.give_back()

    def _refresh_quota(self, age: timedelta) -> None:
        """Ask the provider for its quota if the cached one is older than `age`. One of all workers does so."""
        if self._quota_bucket is None:
            return
        with db.transaction(role="service_role") as cursor:
            if not rates.quota_is_stale(cursor, self._channel, self._quota_bucket, after=age):
                return
        try:
            quota = self._transport.quota()
        except Transient:
            logger.exception("could not refresh the provider's quota; the known one stays in force")
            return
        if quota is not None:
            with db.transaction(role="service_role") as cursor:
                rates.store_quota(
                    cursor, self._quota_bucket, per_second=quota.per_second, daily_left=quota.daily_left
                )

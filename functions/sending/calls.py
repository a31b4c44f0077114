"""From claimed rows to recorded results: rendering, calls in flight, and what became of them.

Each call's `started_at` is committed just before it is made, and results are recorded as calls end, so that a crash
leaves the fewest messages unknown. Only this thread talks to the database; the pool's threads only call the provider.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from ddp import db
from ddp.errors import Invalid, Transient
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Transport
from ddp.queries.email import contents as email_contents
from ddp.queries.sending import sends as email_sends
from ddp.queries.sending.sends import Claimed, Result
from functions.email.letter import Letter, Letters, Unsendable, letter

# Rows of one claim, and how long they are this worker's until their call starts: rendering and the calls before.
CLAIM = 500
CLAIM_LEASE = timedelta(minutes=3)

# Beyond the longest call: until its results are recorded, also when the database is away for a moment.
RECORD_SECONDS = 15.0
# How long results wait for the last calls of a wave.
GATHER_SECONDS = 1.0

# How old the cached quota may be. SES lets itself be asked once a second, by all workers together.
QUOTA_AGE = timedelta(minutes=2)

# From here on it is the account that stopped (paused, the day's quota): ask it, rather than try on.
ACCOUNT_STOPPED_SECONDS = 60


@dataclass(slots=True)
class Call:
    """Rows of one provider call: `messages` are those that go, `results` what is known of the others already."""

    send_call_id: UUID
    rows: list[Claimed]
    sent_rows: list[Claimed] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


class Sending:
    """One invocation's work. `deadline` is time.monotonic() when all must be recorded."""

    def __init__(self, transport: Transport, bucket: str, *, deadline: float, in_flight: int) -> None:
        self._transport = transport
        self._bucket = bucket
        self._deadline = deadline
        self._in_flight = in_flight
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="call")
        self._letters: Letters = {}
        self._ended: list[Call] = []
        self._slow_down = False
        self._stopped = False
        self.accepted = 0

    def run(self) -> None:
        """Send what is due until nothing is, or there are no tokens, or a call could not end in time."""
        try:
            self._refresh_quota(QUOTA_AGE)
            while self.has_time() and (claimed := self._claim()):
                self._send(claimed)
                if self._stopped:
                    self._refresh_quota(timedelta(seconds=1))
                    self._stopped = False
        finally:
            self._pool.shutdown()
            self._record_at_last()

    def has_time(self, pause: float = 0) -> bool:
        """Whether a call that starts now, or after `pause` seconds, ends and is recorded before the invocation does."""
        call = self._transport.longest_call + RECORD_SECONDS
        return time.monotonic() + pause + call < self._deadline

    def _claim(self) -> list[Claimed]:
        with db.transaction(role="service_role") as cursor:
            return email_sends.claim(cursor, self._bucket, limit=CLAIM, lease=CLAIM_LEASE)

    def _send(self, claimed: Sequence[Claimed]) -> None:
        """Waves of calls. Whatever goes wrong between them, rows of calls that were not made go back."""
        by_call = groupby(claimed, key=attrgetter("send_call_id"))
        waiting = [Call(send_call_id, list(rows)) for send_call_id, rows in by_call]
        try:
            self._render(waiting[: self._in_flight])
            while waiting and self.has_time():
                wave, waiting = waiting[: self._in_flight], waiting[self._in_flight :]
                flights = self._launch(wave)
                try:
                    self._render(waiting[: self._in_flight])
                finally:
                    self._land(flights)
        finally:
            self._give_back(waiting)
            self._record()

    def _render(self, wave: Sequence[Call]) -> None:
        for call in wave:
            for row in call.rows:
                message = self._message(row)
                if isinstance(message, Result):
                    call.results.append(message)
                else:
                    call.messages.append(message)
                    call.sent_rows.append(row)
            if call.messages:
                self._cut(call, self._transport.fitting(call.messages))

    def _cut(self, call: Call, fitting: int) -> None:
        """What does not fit goes back, and comes in a call of its own."""
        call.results += [_result(row, Outcome.RETRY) for row in call.sent_rows[fitting:]]
        del call.messages[fitting:], call.sent_rows[fitting:]

    def _message(self, row: Claimed) -> Message | Result:
        plan_letter = self._letter(row.send_plan_id)
        if isinstance(plan_letter, Unsendable):
            return _result(row, Outcome.FAILED, code=plan_letter.code, reason=plan_letter.reason)
        try:
            return plan_letter.message(row)
        except Invalid as error:
            return _result(row, Outcome.FAILED, code=error.code, reason=error.detail)
        except ValueError as error:
            return _result(row, Outcome.FAILED, code="message-invalid", reason=str(error))

    def _letter(self, send_plan_id: UUID) -> Letter | Unsendable:
        if send_plan_id not in self._letters:
            with db.transaction(role="service_role") as cursor:
                content = email_contents.of_plan(cursor, send_plan_id)
            try:
                self._letters[send_plan_id] = letter(content)
            except Invalid as error:
                self._letters[send_plan_id] = Unsendable(code=error.code, reason=error.detail)
        return self._letters[send_plan_id]

    def _launch(self, wave: Sequence[Call]) -> dict[Future[list[Answer]], Call]:
        """Commit the calls' start together with what ended before, then make those that are still this worker's."""
        ready = [call for call in wave if call.messages]
        self._ended += [call for call in wave if not call.messages]
        lease = timedelta(seconds=self._transport.longest_call + 4 * RECORD_SECONDS)
        try:
            with db.transaction(role="service_role") as cursor:
                started = email_sends.start_calls(cursor, [c.send_call_id for c in ready], lease=lease)
        except Exception:
            # Committed or not, nothing was called: these rows can say so.
            self._give_back(ready)
            raise
        if lost := len(ready) - len(started):
            logger.warning("calls were not started: their lease had ended", calls=lost)
        return {
            self._pool.submit(self._transport.send, call.messages): call
            for call in ready
            if call.send_call_id in started
        }

    def _land(self, flights: dict[Future[list[Answer]], Call]) -> None:
        """Record what has ended, second by second, until all has."""
        waiting = set(flights)
        while waiting:
            done, waiting = wait(waiting, timeout=GATHER_SECONDS)
            for flight in done:
                self._note(flights[flight], _answers(flight, len(flights[flight].messages)))
            if done:
                self._record()

    def _note(self, call: Call, answers: Sequence[Answer]) -> None:
        now = datetime.now(UTC)
        call.results += [_of_answer(row, a, now) for row, a in zip(call.sent_rows, answers, strict=True)]
        self.accepted += sum(a.outcome is Outcome.ACCEPTED for a in answers)
        self._slow_down |= any(a.slow_down for a in answers)
        self._stopped |= any(a.slow_down and a.later >= ACCOUNT_STOPPED_SECONDS for a in answers)
        self._ended.append(call)

    def _give_back(self, calls: Sequence[Call]) -> None:
        """These calls were not made: their rows are pending again, at once."""
        for call in calls:
            call.results = [_result(row, Outcome.RETRY) for row in call.rows]
        self._ended += calls

    def _record(self) -> None:
        """All that has ended, in one statement. Without a database it is kept for the next time."""
        if not self._ended and not self._slow_down:
            return
        results = [result for call in self._ended for result in call.results]
        try:
            with db.transaction(role="service_role") as cursor:
                counts = email_sends.record(cursor, [c.send_call_id for c in self._ended], results)
                if self._slow_down:
                    email_sends.throttled(cursor, self._bucket)
        except Exception:  # noqa: BLE001
            # Proof of acceptance is worth more than any error: it is kept, and tried again until the time is out.
            logger.exception("results are kept: the database does not take them", results=len(results))
            return
        self._ended, self._slow_down = [], False
        if counts["fenced"] or counts["sent_twice"]:
            logger.warning("results of rows that were no longer this worker's", counts=counts)

    def _record_at_last(self) -> None:
        """Try until the time is out; what is left then, reconciliation makes unknown when the leases end."""
        self._record()
        while self._ended and time.monotonic() < self._deadline - 1:
            time.sleep(0.5)
            self._record()
        if self._ended:
            lost = [str(call.send_call_id) for call in self._ended]
            logger.error("results were lost: the messages of these calls will be unknown", calls=lost)

    def _refresh_quota(self, age: timedelta) -> None:
        """One worker asks the provider, now and then; without an answer the known quota goes on."""
        with db.transaction(role="service_role") as cursor:
            if not email_sends.quota_is_stale(cursor, self._bucket, after=age):
                return
        try:
            quota = self._transport.quota()
        except Transient:
            logger.exception("the provider's quota is not known anew")
            return
        if quota is not None:
            with db.transaction(role="service_role") as cursor:
                email_sends.store_quota(
                    cursor, self._bucket, per_second=quota.per_second, daily_left=quota.daily_left
                )


def _answers(flight: Future[list[Answer]], count: int) -> list[Answer]:
    """A transport answers and never raises; if one does after all, nobody knows what it did."""
    try:
        answers = flight.result()
    except Exception as error:  # noqa: BLE001  # whatever it was, it is an answer
        logger.exception("a transport raised")
        answers = []
        reason = f"The transport failed: {error}"[:500]
    else:
        reason = "The transport gave no answer."
    unknown = Answer(outcome=Outcome.UNKNOWN, code="no-answer", reason=reason)
    return [*answers[:count], *([unknown] * (count - len(answers)))]


def _of_answer(row: Claimed, answer: Answer, now: datetime) -> Result:
    return Result(
        email_send_id=row.email_send_id,
        attempt=row.attempt,
        outcome=answer.outcome,
        message_id=answer.message_id,
        code=answer.code[:50] if answer.code else None,
        reason=answer.reason.replace("\0", "") if answer.reason else None,
        retry_at=now + timedelta(seconds=answer.later) if answer.later else None,
    )


def _result(row: Claimed, outcome: Outcome, *, code: str | None = None, reason: str | None = None) -> Result:
    return Result(
        email_send_id=row.email_send_id, attempt=row.attempt, outcome=outcome, code=code, reason=reason
    )

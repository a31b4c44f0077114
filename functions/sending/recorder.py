"""Results on their way into the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from psycopg import Cursor

from ddp import db
from ddp.channels import Channel
from ddp.observability import logger
from ddp.providers.transport import Answer
from ddp.queries.sending import rates, sends
from ddp.queries.sending.sends import Result
from functions.sending.calls import Call

Done = TypeVar("Done")


class Recorder:
    """Keeps results until the database has taken them.

    Proof that a message was accepted is worth more than any error, so a failure is logged, and the results are recorded
    again with the next ones.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._calls: list[Call] = []
        self._results: list[Result] = []
        self._throttled: set[str] = set()
        self._stop: Answer | None = None
        self._recorded: set[UUID] = set()

    def add(self, call: Call, results: Sequence[Result]) -> None:
        """Keep the results of one call, which has ended or was not made."""
        self._calls.append(call)
        self._results += results

    @property
    def calls(self) -> Sequence[Call]:
        """The calls whose results are kept."""
        return tuple(self._calls)

    def slow_down(self, bucket: str) -> None:
        """With the next results, lower this bucket's rate: the provider throttles."""
        self._throttled.add(bucket)

    def stop(self, answer: Answer) -> None:
        """With the next results, stop the channel for as long as this answer says: the account may send nothing."""
        self._stop = answer

    def record(self) -> set[UUID]:
        """Record everything that is kept. Returns the plans of which results were recorded since the last time.

        What the database does not take is kept.
        """
        if self._calls or self._throttled:
            try:
                with db.transaction(role="service_role") as cursor:
                    self._record_in(cursor)
            except Exception:  # noqa: BLE001 - see the class
                self._note_refusal()
            else:
                self._forget()
        recorded, self._recorded = self._recorded, set()
        return recorded

    def record_with(self, work: Callable[[Cursor[Any]], Done], *, is_alone: Callable[[Done], bool]) -> Done:
        """Do some work in the transaction that records what is kept. Returns, and raises, what the work does.

        If the database does not take the results, the work is done in a transaction of its own. So it is if it turns
        out to be alone: it has locked recipients or budgets, and results would lock more of them out of order.
        """
        if self._calls or self._throttled:
            try:
                with db.transaction(role="service_role") as cursor:
                    done = work(cursor)
                    was_alone = is_alone(done)
                    if not was_alone:
                        self._record_in(cursor)
            except Exception:  # noqa: BLE001 - see the class
                self._note_refusal()
            else:
                if not was_alone:
                    self._forget()
                return done
        with db.transaction(role="service_role") as cursor:
            return work(cursor)

    def _record_in(self, cursor: Cursor[Any]) -> None:
        call_ids = [call.send_call_id for call in self._calls]
        counts = sends.record(cursor, self._channel, call_ids, self._results)
        for bucket in sorted(self._throttled):
            rates.slow_down(cursor, bucket)
        if stop := self._stop:
            rates.stop(cursor, self._channel, seconds=stop.later, code=stop.code, reason=stop.reason)
        if counts["fenced"] or counts["sent_twice"]:
            logger.warning("results of recipients that no longer belonged to this worker", counts=counts)

    def _forget(self) -> None:
        self._recorded |= {call.send_plan_id for call in self._calls}
        self._calls, self._results, self._throttled, self._stop = [], [], set(), None

    def _note_refusal(self) -> None:
        logger.exception("results are kept: the database does not take them", results=len(self._results))

    def record_until(self, deadline: float) -> None:
        """Record what is kept, again and again until `deadline` (of time.monotonic()).

        What is left then becomes unknown when reconciliation ends the calls' leases.
        """
        self.record()
        while self._calls and time.monotonic() < deadline:
            time.sleep(0.5)
            self.record()
        if self._calls:
            logger.error(
                "results were lost: the messages of these calls become unknown",
                calls=[str(call.send_call_id) for call in self._calls],
            )

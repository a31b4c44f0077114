"""Results on their way into the ledger."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from ddp import db
from ddp.channels import Channel
from ddp.observability import logger
from ddp.queries.sending import rates, sends
from ddp.queries.sending.sends import Result
from functions.sending.calls import Call


class Recorder:
    """Keeps results until the database has taken them.

    Proof that a message was accepted is worth more than any error, so a failure is logged, and the results are recorded
    again with the next ones.
    """

    def __init__(self, channel: Channel, bucket: str) -> None:
        self._channel = channel
        self._bucket = bucket
        self._calls: list[Call] = []
        self._results: list[Result] = []
        self._slow_down = False

    def add(self, call: Call, results: Sequence[Result]) -> None:
        """Keep the results of one call, which has ended or was not made."""
        self._calls.append(call)
        self._results += results

    @property
    def calls(self) -> Sequence[Call]:
        """The calls whose results are kept."""
        return tuple(self._calls)

    def slow_down(self) -> None:
        """With the next results, lower the bucket's rate: the provider throttles."""
        self._slow_down = True

    def record(self) -> set[UUID]:
        """Record everything that is kept, in one statement. Returns the ids of the plans that it was about.

        If the database does not take it, it is kept, and no plan is returned.
        """
        if not self._calls and not self._slow_down:
            return set()
        try:
            with db.transaction(role="service_role") as cursor:
                call_ids = [call.send_call_id for call in self._calls]
                counts = sends.record(cursor, self._channel, call_ids, self._results)
                if self._slow_down:
                    rates.slow_down(cursor, self._bucket)
        except Exception:  # noqa: BLE001 - see the class
            logger.exception("results are kept: the database does not take them", results=len(self._results))
            return set()
        plans = {call.send_plan_id for call in self._calls}
        self._calls, self._results, self._slow_down = [], [], False
        if counts["fenced"] or counts["sent_twice"]:
            logger.warning("results of recipients that no longer belonged to this worker", counts=counts)
        return plans

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

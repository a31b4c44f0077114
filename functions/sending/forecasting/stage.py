"""Forecasting: counts what planning would write, from the same batches, and works out when the messages would go.

A worker holds a forecast under a lease, as a planner holds a plan. Of what is read whole, each batch is committed, so
that another worker continues after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues
from ddp.errors import Invalid
from ddp.observability import logger
from ddp.providers.s3_streams import Version
from ddp.queries import leases
from ddp.queries.messages import forecasts
from ddp.queries.messages.forecasts import Terms
from ddp.queries.sending import plans
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Runs
from functions.sending.batches import add
from functions.sending.channels.planner import Planner
from functions.sending.forecasting import sampling, tally
from functions.sending.forecasting.figures import Sample, Whole
from functions.sending.forecasting.results import result
from functions.sending.forecasting.tally import Tally
from functions.sending.messages import ForecastSend, serialise
from functions.sending.recipients import sources
from functions.sending.unplannable import Unplannable

# Seconds for which a sample is read, so that the answer comes within ten; at least these blocks.
SAMPLE_SECONDS = 4.0
_FEWEST_BLOCKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasting:
    """Forecasts of one channel's sends. `queue_url`: the queue of the messages that name them."""

    planner: Planner
    queue_url: str

    def process(self, message: ForecastSend, record: SQSRecord, context: LambdaContext) -> None:
        """Forecast what one queue message names."""
        logger.append_keys(send_forecast_id=str(message.send_forecast_id))
        with leases.held(forecasts.LEASED, message.send_forecast_id, partial(queues.pause, record)) as lost:
            with _transaction() as cursor:
                plan = plans.get(cursor, self.planner.channel, message.send_forecast_id)
                terms = forecasts.terms(cursor, message.send_forecast_id)
            if lost is None or plan is None or terms is None:
                logger.info("nothing to forecast, or another worker is at work")
            else:
                self._forecast(
                    plan, terms, lost, lambda: context.get_remaining_time_in_millis() < sources.RESERVE
                )

    def _forecast(
        self, plan: Plan, terms: Terms, lost_leases: int, time_is_short: Callable[[], bool]
    ) -> None:
        try:
            _require_that_workers_survive(lost_leases)
            self.planner.prepare(plan)
            counted = self._sample(plan, terms) or self._count_all(plan, terms, time_is_short)
            if counted is None:
                return
            found = result(plan, terms, counted)
            with _transaction() as cursor:
                forecasts.settle_ready(cursor, plan.send_plan_id, found)
            logger.info("forecast", records=found["records_read"], method=found["method"])
        except Unplannable as failure:
            with _transaction() as cursor:
                forecasts.settle_failed(cursor, plan.send_plan_id, code=failure.code, reason=failure.reason)
            logger.info("the forecast failed, as the send would", code=failure.code)

    def _count_all(self, plan: Plan, terms: Terms, time_is_short: Callable[[], bool]) -> Whole | None:
        """Count all recipients. None: this worker stops."""
        with ThreadPoolExecutor(max_workers=1) as database:
            last_no = self._count_batches(plan, terms, database, time_is_short)
        if last_no is None:
            return None
        sums = Tally()
        with _transaction() as cursor:
            for stored in forecasts.tallies(cursor, plan.send_plan_id):
                sums.add(tally.loaded(stored))
        return Whole(sums)

    def _count_batches(
        self, plan: Plan, terms: Terms, database: Executor, time_is_short: Callable[[], bool]
    ) -> int | None:
        place = database.submit(_place, plan.send_plan_id).result()
        if place is None:
            return None
        if not place.batch_no and (records := _records_expected(plan)) is not None:
            database.submit(_expect, plan.send_plan_id, records).result()
        runs: Runs = {}
        return sources.walk(
            sources.batches(
                self.planner,
                plan,
                batch_no=place.batch_no,
                records_read=place.records_read,
                after_user_id=place.after_user_id,
                run=lambda read: database.submit(read).result(),
            ),
            lambda batch: self._count(plan, terms, batch, runs),
            database,
            last_no=place.batch_no,
            time_is_short=time_is_short,
            go_on_later=lambda: self._go_on_later(plan),
        )

    def _count(self, plan: Plan, terms: Terms, batch: Batch, runs: Runs) -> bool:
        """Commit what one batch comes to. Returns False if the forecast is over or another worker has it."""
        with _transaction() as cursor:
            place = forecasts.lock(cursor, plan.send_plan_id)
            if place is None or place.batch_no != batch.batch_no - 1:
                logger.info("over, or counted by another worker")
                return False
            records = batch.records_read - place.records_read
            found = self._counted(cursor, plan, terms, batch, records, runs, plan.send_plan_id)
            forecasts.store_batch(cursor, plan.send_plan_id, batch, tally.stored(found))
        return True

    def _counted(
        self, cursor: Any, plan: Plan, terms: Terms, batch: Batch, records: int, runs: Runs, among: UUID
    ) -> Tally:
        try:
            sources.judge(cursor, self.planner, plan, batch, runs)
            known, counts = forecasts.count(cursor, plan, batch, runs, among=among)
        except Invalid as error:
            logger.exception("the database refuses a batch")
            raise Unplannable(
                "unusable-recipients",
                "A recipient's data cannot be stored: look for unusual characters in the file, and try again.",
            ) from error
        return tally.of_batch(batch, records, known, counts, has_examples=not terms.recipients_masked)

    def _sample(self, plan: Plan, terms: Terms) -> Sample | None:
        """A sample of the plan's recipients. None if all of them are to be read."""
        file = _large_file(plan, terms)
        if file is None:
            return None
        # Its own: the sample of a worker that died, or whose lease ended too early, is not added to.
        among = uuid4()
        try:
            blocks = list(self._blocks(plan, terms, file, among))
        finally:
            with _transaction() as cursor:
                forecasts.forget_addresses(cursor, among)
        return Sample(blocks, file.size) if len(blocks) >= _FEWEST_BLOCKS else None

    def _blocks(self, plan: Plan, terms: Terms, file: Version, among: UUID) -> Iterator[Tally]:
        """What blocks of the file come to, until the time for it is over."""
        reader, runs, found = self.planner.reader(plan), Runs(), 0
        deadline = time.monotonic() + SAMPLE_SECONDS
        for number, block in enumerate(sampling.blocks(reader, file), start=1):
            if not block.weight:
                continue
            batch = Batch(batch_no=number, records_read=len(block.entries))
            for entry in block.entries:
                add(batch, entry, reader)
            with _transaction() as cursor:
                of_block = self._counted(cursor, plan, terms, batch, len(block.entries), runs, among)
            of_block.weight = block.weight
            yield of_block
            found += 1
            if time.monotonic() > deadline and found >= _FEWEST_BLOCKS:
                return

    def _go_on_later(self, plan: Plan) -> None:
        """Leave the rest to another invocation, which has its own time."""
        body = serialise(ForecastSend(send_forecast_id=plan.send_plan_id))
        queues.send(self.queue_url, [body], group=str(plan.created_by_user_id))


def _require_that_workers_survive(lost_leases: int) -> None:
    if lost_leases >= leases.LOST_AT_MOST:
        raise Unplannable(
            "forecast-crashes",
            f"Forecasting ended unexpectedly {lost_leases} times at the same place: ask an administrator to look.",
        )


def _large_file(plan: Plan, terms: Terms) -> Version | None:
    """The plan's file, if it is too large to be read at once."""
    if plan.audience["source"] != "file" or terms.is_exact:
        return None
    file = sampling.version(sources.own_file(plan))
    return file if file.size > sampling.SMALL else None


def _records_expected(plan: Plan) -> int | None:
    match plan.audience["source"]:
        case "list":
            return len(plan.audience["recipients"])
        case "file":
            return sampling.records_expected(sampling.version(sources.own_file(plan)))
    return None


def _place(send_forecast_id: UUID) -> forecasts.Place | None:
    with _transaction() as cursor:
        return forecasts.lock(cursor, send_forecast_id)


def _expect(send_forecast_id: UUID, records: int) -> None:
    with _transaction() as cursor:
        forecasts.expect(cursor, send_forecast_id, records)


def _transaction() -> Any:
    return db.transaction(role="service_role", timeout_seconds=sources.BATCH_SECONDS)

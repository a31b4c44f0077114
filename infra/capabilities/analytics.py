"""Analytics: the worker that refreshes statistics each minute, and checks samples of them through the day."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.logs import figure
from infra.constructs.monitoring import entry
from infra.constructs.platform import Platform
from infra.constructs.schedule import Schedule
from infra.constructs.worker import Worker

# Seconds after which statistics are late.
LATE = 600
# The share that the function compares each time is a part of the day's.
CHECKED_EVERY = Duration.hours(6)


class Refresh(Construct):
    """Queue analytics-refresh → function analytics-refresh, each minute."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        self.worker = self._make_worker()
        self._schedule("EachMinute", "analytics-refresh", Duration.minutes(1), "Refresh", "refreshed")
        self._schedule("FourTimesEachDay", "analytics-check", CHECKED_EVERY, "Check", "statistics checked")
        self._watch(
            "AsOf",
            "as_of_seconds",
            period=Duration.minutes(5),
            threshold=LATE,
            description="Statistics are 10 minutes old, or nobody knows how old: look at the log of analytics-refresh, "
            "and at `ddp analytics status`, which also says whether a recomputation is under way.",
        )
        self._watch(
            "Differing",
            "differing",
            # Two checks, of which the scheduler may put one a little off: without any, the alarm would ring.
            period=Duration.hours(2 * CHECKED_EVERY.to_hours()),
            statistic="Maximum",
            threshold=1,
            description="A sample of statistics differs from the facts: find out what changed facts around the "
            "triggers, then run `ddp analytics recompute`.",
        )

    def _make_worker(self) -> Worker:
        function = ServiceFunction(
            self,
            "analytics-refresh",
            foundation=self._platform,
            handler="functions.analytics.refresh.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(5),  # it begins no portion when less than two are left
            login=Login.WORKER,
        )
        return Worker(
            self,
            "RefreshQueue",
            name="analytics-refresh",
            foundation=self._platform,
            function=function,
            batch_size=1,
            late_after=Duration.minutes(10),
        )

    def _schedule(
        self, construct_id: str, name: str, every: Duration, message_type: str, completed: str
    ) -> None:
        Schedule(
            self,
            construct_id,
            name=name,
            foundation=self._platform,
            every=every,
            worker=self.worker,
            message={"type": message_type},
            completed=completed,
        )

    def _watch(
        self,
        construct_id: str,
        field: str,
        *,
        period: Duration,
        statistic: str = "Minimum",
        threshold: float,
        description: str,
    ) -> None:
        metric = figure(
            self,
            construct_id,
            settings=self._platform.settings,
            log_group=self.worker.function.log_group,
            field=f"$.{field}",
            name=f"analytics_{field}",
            period=period,
            statistic=statistic,
        )
        self._platform.monitoring.watch(
            self,
            construct_id,
            metric=metric,
            title=f"analytics {field}",
            threshold=threshold,
            description=description,
            runbook=entry(f"analytics_{field}"),
        )

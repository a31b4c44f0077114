"""Repeated work: EventBridge Scheduler sends a message to a queue."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.constructs.platform import Foundation
from infra.constructs.worker import Worker

# In seconds: EventBridge Scheduler retries for no longer.
LONGEST_RETRY = 86_400


class Schedule(Construct):
    """Sends `message` to the worker's queue once every `every`, at least once.

    To the queue and not to the function, because the queue has retries, a dead-letter queue and alarms. The scheduler
    retries a message that it cannot deliver until the next two are due, or for a day, and then puts it into the
    dead-letter queue.

    `completed` is the log line that the worker writes when a run is complete. The heartbeat's alarm goes off where no
    such line comes: nothing else shows that a schedule, its queue or its worker has stopped.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        foundation: Foundation,
        every: Duration,
        worker: Worker,
        message: Mapping[str, object],
        completed: str,
    ) -> None:
        super().__init__(scope, construct_id)
        scheduler.Schedule(
            self,
            "Schedule",
            schedule_name=f"ddp-{foundation.settings.stage}-{name}",
            description=f"{message['type']} for queue {name}",
            schedule=scheduler.ScheduleExpression.rate(every),
            target=targets.SqsSendMessage(
                worker.queue,
                input=scheduler.ScheduleTargetInput.from_text(json.dumps(message)),
                dead_letter_queue=worker.dead_letters,
                max_event_age=Duration.seconds(min(2 * int(every.to_seconds()), LONGEST_RETRY)),
                retry_attempts=10,
            ),
        )
        self._watch(name, foundation, every, worker, completed)

    def _watch(
        self, name: str, foundation: Foundation, every: Duration, worker: Worker, completed: str
    ) -> None:
        runs = logs.MetricFilter(
            self,
            "RunsFilter",
            log_group=worker.function.log_group,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", completed),
            metric_namespace=f"ddp/{foundation.settings.stage}",
            metric_name=f"{name}_runs",
            metric_value="1",
        ).metric(period=every, statistic="Sum")
        foundation.monitoring.heartbeat(
            self,
            "Heartbeat",
            metric=runs,
            description=f"{name} has completed no run for several of its periods, so what it repairs stays as it is: "
            f"look at the schedule ddp-{foundation.settings.stage}-{name} (is it enabled?), the age of its queue's "
            "oldest message, and its function's log group.",
            runbook="schedule-silent",
        )
        foundation.monitoring.show(f"runs of {name}", runs)

"""A queue, its dead-letter queue, and the function that receives its messages."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ddp.queries.heartbeats import PING
from infra.concurrency import Kind
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Foundation

# A queue's visibility time-out in time-outs of its function: AWS asks for six, because Lambda retries a batch.
VISIBILITY_FACTOR = 6
# Attempts before a message moves to the dead-letter queue. With the growing pauses of ddp.queues they take an hour and
# a half, which is longer than a failover or a provider's usual outage.
ATTEMPTS = 10


class Worker(Construct):
    """Queue ddp-<stage>-<name> with its function, which works on `function.limit.concurrency` batches at once at most.

    The function answers with partial batch responses: only the messages that it names come again. A message that fails
    ATTEMPTS times moves to the dead-letter queue. The queue's alarm goes off when a message is older than `late_after`.

    Each minute the queue is sent a ping, unless a schedule sends messages anyway: so GET /health names a function that
    takes none, and the queue's alarm goes off, although there is no work.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        foundation: Foundation,
        function: ServiceFunction,
        batch_size: int = 10,
        max_batching_window: Duration | None = None,
        visibility: Duration | None = None,
        late_after: Duration,
        is_pinged: bool = True,
    ) -> None:
        """`visibility`: shorter than VISIBILITY_FACTOR says, where a message may be worked on twice at once.

        `is_pinged`: not where the function's login may note no heartbeat.
        """
        super().__init__(scope, construct_id)
        self._name = f"ddp-{foundation.settings.stage}-{name}"
        self._foundation = foundation
        self.function = function
        self.dead_letters = self._make_dead_letters()
        self.queue = self._make_queue(
            visibility or Duration.seconds(VISIBILITY_FACTOR * int(function.timeout.to_seconds()))
        )
        function.target.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_batching_window=max_batching_window,
                max_concurrency=function.limit.concurrency,
                report_batch_item_failures=True,
            )
        )
        self._watch(name, late_after)
        if is_pinged and function.limit.kind is Kind.WORKER:
            self._ping(name)

    def take_messages_of(self, function: ServiceFunction, variable: str) -> None:
        """Let `function` send messages to the queue; environment variable `variable` holds its URL."""
        function.allow("sqs:SendMessage", on=[self.queue.queue_arn])
        function.function.add_environment(variable, self.queue.queue_url)

    def _ping(self, name: str) -> None:
        """Once per minute, and not again: another one follows."""
        scheduler.Schedule(
            self,
            "Ping",
            schedule_name=f"{self._name}-ping",
            description=f"Shows that queue {name} has a worker",
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(1)),
            target=targets.SqsSendMessage(
                self.queue,
                input=scheduler.ScheduleTargetInput.from_text(PING),
                max_event_age=Duration.minutes(1),
                retry_attempts=1,
            ),
        )

    def _make_queue(self, visibility: Duration) -> sqs.Queue:
        return sqs.Queue(
            self,
            "Queue",
            queue_name=self._name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            visibility_timeout=visibility,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=ATTEMPTS),
        )

    def _make_dead_letters(self) -> sqs.Queue:
        return sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{self._name}-dlq",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )

    def _watch(self, name: str, late_after: Duration) -> None:
        age = self.queue.metric_approximate_age_of_oldest_message(
            period=Duration.minutes(1), statistic="Maximum"
        )
        dead = self.dead_letters.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        waiting = self.queue.metric_approximate_number_of_messages_visible(statistic="Maximum")
        monitoring = self._foundation.monitoring
        monitoring.alarm(
            self,
            "Late",
            metric=age,
            threshold=late_after.to_seconds(),
            description=f"Queue {name} is late: look for errors and throttles of its function.",
            runbook="queue-late",
        )
        monitoring.alarm(
            self,
            "Dead",
            metric=dead,
            threshold=1,
            description=f"Messages of {name} failed {ATTEMPTS} times, or could not be delivered to it: fix the cause, "
            f"then run `ddp redrive {name} --stage {self._foundation.settings.stage}`. Messages are gone 14 days after "
            "they were first sent.",
            runbook="queue-dead-letters",
        )
        monitoring.show(f"queue {name}", waiting, age, dead)

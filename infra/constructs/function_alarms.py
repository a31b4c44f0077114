"""Alarms of one function: on what its users feel, on crashes, and on throttles."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.platform import Foundation

# Failures and crashes within FAILURE_PERIOD at which their alarms go off. A message that always fails comes again after
# 10, 40 and 160 seconds, so it alone reaches this number.
FAILURES = 3
FAILURE_PERIOD = Duration.minutes(5)
# How many such periods in a row the slowest calls may come near the time-out.
SLOW_PERIODS = 3


def slow_seconds(timeout: Duration, *, is_asked: bool) -> float:
    """From how many seconds on a function is slow.

    `is_asked`: somebody waits for its answer, so half of its time is much. Workers end by themselves: those with a
    time-out of many minutes go on until 15 seconds are left.
    """
    seconds = timeout.to_seconds()
    return seconds / 2 if is_asked else max(0.9 * seconds, seconds - 5)


class FunctionAlarms(Construct):
    """`of_new_version`: those that roll a canary deploy back, because they watch the deployed version alone.

    Lambda's own metric Errors counts crashes and time-outs only: a route that raises answers 500, and a worker whose
    messages fail names them in its answer. Both log one line of level ERROR, with the function's version
    (ddp/observability.py), and a metric filter counts these lines.

    An alarm on one version has the version in its name, so each deploy makes a new one. An old version that fails
    therefore does not stop the deploy that repairs it. While two versions share the calls, the old one's failures
    show on the dashboard only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        foundation: Foundation,
        target: lambda_.IFunction,
        version: str,
        log_group: logs.ILogGroup,
        slow_from: float,
    ) -> None:
        """`slow_from`: the seconds at which p99 of its durations raises an alarm."""
        super().__init__(scope, construct_id)
        self._name, self._version, self._target = name, version, target
        self._stage = foundation.settings.stage
        self._monitoring = foundation.monitoring
        self._count_failures(log_group)
        self.of_new_version = [self._watch_failures()]
        self._watch_crashes()
        self._watch_throttles()
        self._watch_duration(slow_from)
        if foundation.canary and isinstance(target, lambda_.Alias):
            self.of_new_version.append(self._watch_crashes_of_version(target))
        self._show()

    def _count_failures(self, log_group: logs.ILogGroup) -> None:
        logs.MetricFilter(
            self,
            "FailuresFilter",
            log_group=log_group,
            filter_pattern=logs.FilterPattern.string_value("$.level", "=", "ERROR"),
            metric_namespace=self._namespace,
            metric_name="failures",
            metric_value="1",
            dimensions={"service": "$.service", "version": "$.version"},
        )

    def _watch_failures(self) -> cloudwatch.Alarm:
        return self._monitoring.alarm(
            self,
            "Failures",
            name=self._name_with_version("failures"),
            metric=cloudwatch.Metric(
                namespace=self._namespace,
                metric_name="failures",
                dimensions_map={"service": self._name, "version": self._version},
                period=FAILURE_PERIOD,
                statistic="Sum",
            ),
            threshold=FAILURES,
            description=f"Requests or messages of {self._name} fail: read the lines of level ERROR in its log group. "
            "If this began with a deploy, deploy the previous version.",
            runbook="function-failures",
        )

    def _watch_crashes(self) -> None:
        self._monitoring.alarm(
            self,
            "Crashes",
            metric=self._errors,
            threshold=FAILURES,
            description=f"{self._name} crashes or takes longer than it may: read the end of its log group.",
            runbook="function-crashes",
        )

    def _watch_crashes_of_version(self, alias: lambda_.Alias) -> cloudwatch.Alarm:
        """Lambda's errors of the alias's calls that this version answered."""
        name = alias.lambda_.function_name
        dimensions = {
            "FunctionName": name,
            "Resource": f"{name}:{alias.alias_name}",
            "ExecutedVersion": self._version,
        }
        return self._monitoring.alarm(
            self,
            "CrashesOfVersion",
            name=self._name_with_version("crashes"),
            metric=alias.metric_errors(period=FAILURE_PERIOD, statistic="Sum", dimensions_map=dimensions),
            threshold=FAILURES,
            description=f"The version of {self._name} that was deployed last crashes. A deploy in progress is rolled "
            "back; after one, deploy the previous version.",
            runbook="function-crashes",
        )

    def _watch_throttles(self) -> None:
        self._monitoring.alarm(
            self,
            "Throttles",
            metric=self._throttles,
            threshold=5,
            description=f"{self._name} is throttled: raise its concurrency (infra/concurrency.py).",
            runbook="function-throttles",
        )

    def _watch_duration(self, slow_from: float) -> None:
        self._monitoring.alarm(
            self,
            "Slow",
            metric=self._target.metric_duration(period=FAILURE_PERIOD, statistic="p99"),
            threshold=1000 * slow_from,
            periods=SLOW_PERIODS,
            description=f"One call of {self._name} in a hundred takes {slow_from:g} s or longer, which comes near its "
            "time-out: look at what it waits for (the database, a provider), and at its memory.",
            runbook="function-slow",
        )

    def _show(self) -> None:
        """The function's row of the dashboard. Failures are those of every version, one line each."""
        search = f'{{{self._namespace},service,version}} MetricName="failures" service="{self._name}"'
        failures = cloudwatch.MathExpression(
            expression=f"SEARCH('{search}', 'Sum', 60)", using_metrics={}, label="failures"
        )
        duration = self._target.metric_duration(statistic="p99")
        self._monitoring.show(self._name, failures, self._errors, self._throttles, duration)

    @property
    def _namespace(self) -> str:
        return f"ddp/{self._stage}"

    @property
    def _errors(self) -> cloudwatch.Metric:
        return self._target.metric_errors(period=FAILURE_PERIOD, statistic="Sum")

    @property
    def _throttles(self) -> cloudwatch.Metric:
        return self._target.metric_throttles(period=Duration.minutes(1), statistic="Sum")

    def _name_with_version(self, kind: str) -> str:
        """Another name is another alarm, which begins without the state of the one before."""
        return f"ddp-{self._stage}-{self._name}-{kind}-version-{self._version}"

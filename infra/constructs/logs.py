"""Log groups, which keep their events as long as the settings say, and figures that functions write into them."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.setting_checks import RETENTION_DAYS
from infra.settings import Settings

_RETENTION = dict(
    zip(
        RETENTION_DAYS,
        (
            logs.RetentionDays.ONE_WEEK,
            logs.RetentionDays.TWO_WEEKS,
            logs.RetentionDays.ONE_MONTH,
            logs.RetentionDays.TWO_MONTHS,
            logs.RetentionDays.THREE_MONTHS,
            logs.RetentionDays.SIX_MONTHS,
            logs.RetentionDays.ONE_YEAR,
            logs.RetentionDays.TWO_YEARS,
        ),
        strict=True,
    )
)


def log_group(
    scope: Construct, construct_id: str, *, settings: Settings, name: str | None = None
) -> logs.LogGroup:
    """A log group that goes with its stack; CloudFormation chooses the name where none is given."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[settings.log_retention_days],
        removal_policy=RemovalPolicy.DESTROY,
    )


def figure(
    scope: Construct,
    construct_id: str,
    *,
    settings: Settings,
    log_group: logs.ILogGroup,
    field: str,
    name: str,
    period: Duration,
    statistic: str = "Maximum",
    pattern: logs.IFilterPattern | None = None,
    dimensions: Mapping[str, str] | None = None,
) -> cloudwatch.Metric:
    """The metric `name` of a log line's field (`$.email.unknown`); by default of every line in which it is a number.

    `dimensions`: other fields of the line, by dimension: each value is a metric of its own.
    """
    return logs.MetricFilter(
        scope,
        f"{construct_id}Filter",
        log_group=log_group,
        filter_pattern=pattern or logs.FilterPattern.number_value(field, ">=", 0),
        metric_namespace=f"ddp/{settings.stage}",
        metric_name=name,
        metric_value=field,
        dimensions=dimensions,
    ).metric(period=period, statistic=statistic)

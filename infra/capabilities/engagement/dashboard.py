"""A row of the dashboard for each platform: whether its numbers are read, and what stands in the way."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from ddp.providers.social.base import Platform as SocialPlatform
from infra.constructs.logs import figure
from infra.constructs.platform import Platform

# What engagement-poll logs of each platform, and how lines of a period are put together.
FIGURES = {
    "oldest_due_seconds": "Maximum",
    "readings": "Sum",
    "failed": "Sum",
    "metrics_retired": "Maximum",
    "unmatched_events": "Maximum",
    "subscriptions_lost": "Maximum",
    "over_budget": "Maximum",
}


def show_platforms(scope: Construct, *, platform: Platform, log_group: logs.ILogGroup) -> None:
    """One metric filter for each figure: the platform is a dimension of its metric."""
    metrics = {
        name: figure(
            scope,
            "Platform" + "".join(word.title() for word in name.split("_")),
            settings=platform.settings,
            log_group=log_group,
            field=f"$.engagement_platform.{name}",
            name=f"engagement_platform_{name}",
            period=Duration.minutes(5),
            statistic=statistic,
            dimensions={"platform": "$.platform"},
        )
        for name, statistic in FIGURES.items()
    }
    for one in SocialPlatform:
        row = [
            metric.with_(dimensions_map={"platform": one.value}, label=name)
            for name, metric in metrics.items()
        ]
        platform.monitoring.show(f"{one.value} engagement", *row)

"""What may stand before the API, in us-east-1: CloudFront, its firewall, their logs and alarms."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.edge.access_log import AccessLog
from infra.constructs.edge.distributions import Distributions
from infra.constructs.edge.firewall import Firewall
from infra.constructs.monitoring import Monitoring
from infra.settings import Settings

PERIOD = Duration.minutes(5)


class EdgeStack(Stack):
    """Deployed last, and only if the settings name `edge_origins`. Its alarms have a topic of their own Region."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        topic = AlarmTopic(self, "Alarms", settings=settings, published=False).topic
        self._monitoring = Monitoring(self, "Monitoring", name=self.stack_name, topic=topic)
        firewall = Firewall(self, "Firewall", settings=settings)
        made = Distributions(self, "Distributions", settings=settings, acl_arn=firewall.acl.attr_arn).all
        AccessLog(self, "AccessLog", settings=settings, distributions=made)
        for host, distribution in made.items():
            self._watch(host, distribution)
        self._watch_firewall(firewall)

    def _watch(self, host: str, distribution: cloudfront.Distribution) -> None:
        failures = distribution.metric5xx_error_rate(period=PERIOD)
        self._monitoring.alarm(
            distribution,
            "ServerErrors",
            metric=failures,
            threshold=5,
            description=f"One of twenty requests to {host} is answered with 5xx, by what stands behind CloudFront or "
            "because CloudFront cannot reach it.",
            runbook="edge-server-errors",
        )
        self._monitoring.show(host, distribution.metric_requests(period=PERIOD), failures)
        output = CfnOutput(
            distribution,
            "Target",
            value=distribution.distribution_domain_name,
            description=f"Where the DNS record of {host} must lead",
        )
        output.override_logical_id(
            "Target" + "".join(word.title() for word in host.split(".")).replace("-", "")
        )

    def _watch_firewall(self, firewall: Firewall) -> None:
        blocked = cloudwatch.Metric(
            namespace="AWS/WAFV2",
            metric_name="BlockedRequests",
            dimensions_map={"WebACL": firewall.name, "Rule": "ALL"},
            period=PERIOD,
            statistic="Sum",
        )
        self._monitoring.alarm(
            firewall,
            "Blocked",
            metric=blocked,
            threshold=1000,
            description="The firewall blocked a thousand requests within five minutes: a flood, or a rule that blocks "
            "what users do.",
            runbook="edge-blocked-requests",
        )
        self._monitoring.show("Firewall", blocked)

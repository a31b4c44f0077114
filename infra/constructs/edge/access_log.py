"""Who asked the distributions for what, in CloudWatch: without paths, which hold the tokens of links."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import log_group
from infra.settings import Settings

FIELDS = (
    "date",
    "time",
    "c-ip",
    "c-country",
    "cs-method",
    "x-host-header",
    "sc-status",
    "sc-bytes",
    "time-taken",
    "x-edge-result-type",
    "x-edge-request-id",
    "ssl-protocol",
)


class AccessLog(Construct):
    """One log group for all distributions of the stage."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        distributions: Mapping[str, cloudfront.Distribution],
    ) -> None:
        super().__init__(scope, construct_id)
        group = log_group(self, "Log", settings=settings, name=f"/aws/cloudfront/ddp-{settings.stage}")
        name = f"ddp-{settings.stage}-edge"
        destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=name,
            destination_resource_arn=group.log_group_arn,
            output_format="json",
        )
        policy = self._let_cloudfront_write(name, group)
        for host, distribution in distributions.items():
            source = logs.CfnDeliverySource(
                self,
                f"{host}-source",
                name=f"{name}-{host.replace('.', '-')}"[:60],
                log_type="ACCESS_LOGS",
                resource_arn=distribution.distribution_arn,
            )
            delivery = logs.CfnDelivery(
                self,
                f"{host}-delivery",
                delivery_source_name=source.name,
                delivery_destination_arn=destination.attr_arn,
                record_fields=list(FIELDS),
            )
            delivery.add_dependency(source)
            delivery.node.add_dependency(policy)

    def _let_cloudfront_write(self, name: str, group: logs.LogGroup) -> logs.ResourcePolicy:
        return logs.ResourcePolicy(
            self,
            "Policy",
            resource_policy_name=name,
            policy_statements=[
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{group.log_group_arn}:log-stream:*"],
                    conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
                )
            ],
        )

"""The VPC of a database that runs inside AWS."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.shared_names import publish
from infra.settings import Settings

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
OUTGOING = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)

# AWS services that functions inside the VPC call, beside S3.
ENDPOINTS = {
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Sqs": ec2.InterfaceVpcEndpointAwsService.SQS,
    "Ses": ec2.InterfaceVpcEndpointAwsService.EMAIL,
    "SmsVoice": ec2.InterfaceVpcEndpointAwsService.PINPOINT_SMS_VOICE_V2,
}
# Those that functions call only for social publishing.
OF_SOCIAL = {"Kms": ec2.InterfaceVpcEndpointAwsService.KMS}


def _gateways(settings: Settings) -> int:
    """NAT gateways cost money each hour: one in each zone only where data is kept, and so expected to be there."""
    if not settings.social:
        return 0
    return 2 if settings.retain_data else 1


def _subnets(settings: Settings) -> list[ec2.SubnetConfiguration]:
    """The isolated ones first: they keep their addresses when the others are added."""
    isolated = ec2.SubnetConfiguration(
        name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20
    )
    if not settings.social:
        return [isolated]
    outgoing = ec2.SubnetConfiguration(
        name="outgoing", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20
    )
    gateways = ec2.SubnetConfiguration(
        name="gateways", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=28, map_public_ip_on_launch=False
    )
    return [isolated, outgoing, gateways]


class Network(Construct):
    """Two subnets without a way out, and endpoints to the AWS services that their functions call.

    Functions inside reach the database, S3, Secrets Manager, SQS, SES and SMS, and nothing else. If the setting
    `social` names a platform, there are two more subnets with a NAT gateway, for the functions that call platforms, and
    an endpoint for KMS. A function that calls the internet and no database (the authorizer) stays outside the VPC.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=_gateways(settings),
            subnet_configuration=_subnets(settings),
        )
        self._log_flows(settings)
        self.clients = self._make_group("Clients", "Functions that connect to the database", outbound=True)
        self._add_endpoints(settings)
        self._publish_subnets(settings, "subnet-ids", ISOLATED)
        if settings.social:
            self._publish_subnets(settings, "outgoing-subnet-ids", OUTGOING)
        publish(self, settings, "database/client-security-group-id", self.clients.security_group_id)

    def group_for(self, name: str, description: str, *, port: int) -> ec2.SecurityGroup:
        """A security group that lets the functions in on `port`, and nothing out."""
        group = self._make_group(name, description, outbound=False)
        group.add_ingress_rule(self.clients, ec2.Port.tcp(port), description="from the functions")
        return group

    def _make_group(self, name: str, description: str, *, outbound: bool) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self, name, vpc=self.vpc, description=description, allow_all_outbound=outbound
        )

    def _publish_subnets(self, settings: Settings, name: str, which: ec2.SubnetSelection) -> None:
        subnets = self.vpc.select_subnets(subnet_type=which.subnet_type).subnet_ids
        publish(self, settings, f"database/{name}", ",".join(subnets))

    def _add_endpoints(self, settings: Settings) -> None:
        # A gateway costs nothing. CloudFormation's answers go through it too: their addresses are in S3.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        group = self.group_for("Endpoints", "Endpoints of AWS services", port=443)
        services = ENDPOINTS | (OF_SOCIAL if settings.social else {})
        for name, service in services.items():
            self.vpc.add_interface_endpoint(
                name, service=service, subnets=ISOLATED, open=False, security_groups=[group]
            )

    def _log_flows(self, settings: Settings) -> None:
        group = log_group(self, "Flows", settings=settings)
        self.vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))

"""The VPC of a database that runs inside AWS."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.shared_names import publish
from infra.settings import Settings

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)

# AWS services that functions inside the VPC call, beside S3.
ENDPOINTS = {
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Sqs": ec2.InterfaceVpcEndpointAwsService.SQS,
    "Ses": ec2.InterfaceVpcEndpointAwsService.EMAIL,
    "SmsVoice": ec2.InterfaceVpcEndpointAwsService.PINPOINT_SMS_VOICE_V2,
}


class Network(Construct):
    """Two subnets without a way out, and endpoints to the AWS services that their functions call.

    There is no NAT gateway: functions inside reach the database, S3, Secrets Manager, SQS, SES and SMS. A function that
    calls the internet and no database (the authorizer) stays outside the VPC.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20
                )
            ],
        )
        self._log_flows(settings)
        self.clients = self._make_group("Clients", "Functions that connect to the database", outbound=True)
        self._add_endpoints()
        subnets = self.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids
        publish(self, settings, "database/subnet-ids", ",".join(subnets))
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

    def _add_endpoints(self) -> None:
        # A gateway costs nothing. CloudFormation's answers go through it too: their addresses are in S3.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        group = self.group_for("Endpoints", "Endpoints of AWS services", port=443)
        for name, service in ENDPOINTS.items():
            self.vpc.add_interface_endpoint(
                name, service=service, subnets=ISOLATED, open=False, security_groups=[group]
            )

    def _log_flows(self, settings: Settings) -> None:
        group = log_group(self, "Flows", settings=settings)
        self.vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))

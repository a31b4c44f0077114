"""Canary deploys: a tenth of the calls go to a new version for five minutes, and back if its alarm goes off."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.acknowledge import acknowledge

POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"


class Canary(Construct):
    """One CodeDeploy application and one role for all functions."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self._application = codedeploy.LambdaApplication(self, "Application")
        self._role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
        acknowledge(
            self._role,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]",
            "CodeDeploy's own policy for Lambda deployments without hooks: AWS keeps it to what that needs.",
        )

    def deploy(self, alias: lambda_.Alias, *, rollback_on: cloudwatch.IAlarm) -> None:
        """Move `alias` to new versions step by step."""
        codedeploy.LambdaDeploymentGroup(
            alias,
            "Deployment",
            application=self._application,
            role=self._role,
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=[rollback_on],
            auto_rollback=codedeploy.AutoRollbackConfig(deployment_in_alarm=True, failed_deployment=True),
        )

"""Canary deploys: a new version gets a tenth of the calls for five minutes, and none if one of its alarms goes off.

The alarms watch the new version alone (`function_alarms.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Annotations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.shared_names import DEPLOY_ROLE, publish
from infra.settings import Settings

POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"


class DeployRole(Construct):
    """CodeDeploy's role in every stack."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(POLICY)],
        )
        acknowledge(
            self.role,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]",
            "CodeDeploy's own policy for Lambda deployments: AWS limits it to what those need.",
        )
        publish(self, settings, DEPLOY_ROLE, self.role.role_arn)


class Canary(Construct):
    """A stack's CodeDeploy application, with a deployment group for each function."""

    def __init__(
        self, scope: Construct, construct_id: str, *, role: iam.IRole, hook: lambda_.IFunction | None = None
    ) -> None:
        """`hook`: asks the new version of an HTTP function before and after it gets calls."""
        super().__init__(scope, construct_id)
        self._application = codedeploy.LambdaApplication(self, "Application")
        self._role, self._hook = role, hook
        if hook:
            Annotations.of(hook).acknowledge_warning(
                "@aws-cdk/aws-iam:unknownPrincipalAddStatementToRole",
                "Its own stack lets it answer every deploy of the stage (capabilities/smoke.py).",
            )

    def deploy(
        self, alias: lambda_.Alias, *, rollback_on: Sequence[cloudwatch.IAlarm], serves_http: bool
    ) -> None:
        """Move `alias` to new versions step by step."""
        hook = self._hook if serves_http else None
        codedeploy.LambdaDeploymentGroup(
            alias,
            "Deployment",
            application=self._application,
            role=self._role,
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            alarms=list(rollback_on),
            pre_hook=hook,
            post_hook=hook,
            auto_rollback=codedeploy.AutoRollbackConfig(deployment_in_alarm=True, failed_deployment=True),
        )

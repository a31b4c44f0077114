"""The hook of canary deploys: asks each new version of an HTTP function, and refuses one that does not answer."""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.concurrency import Kind
from infra.constructs.access.edge import edge
from infra.constructs.acknowledge import acknowledge
from infra.constructs.function import ServiceFunction
from infra.constructs.http_api import HttpApi
from infra.constructs.logs import figure
from infra.constructs.platform import Foundation
from infra.constructs.shared_names import DEPLOY_HOOK, publish


class Smoke(Construct):
    """The function smoke. It calls functions and the API as anybody would, and has no database.

    CodeDeploy, as `role`, calls it before a version gets a tenth of the calls and after it got all of them.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, foundation: Foundation, api: HttpApi, role: iam.Role
    ) -> None:
        super().__init__(scope, construct_id)
        self._foundation = foundation
        self._function = ServiceFunction(
            self,
            "smoke",
            foundation=foundation,
            handler="functions.maintenance.smoke.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.minutes(3),  # three requests, and what CodeDeploy is asked and told
            environment={"DDP_SMOKE_URL": api.endpoint},
            # Deploys call it by its own name: a canary of its own would ask itself.
            aliased=False,
        )
        self._function.allow("execute-api:Invoke", on=[api.route_arn("POST", "/health")])
        self._function.allow("lambda:InvokeFunction", on=self._versions())
        self._function.give(edge(self, foundation.settings))
        self._may_answer()
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[self._function.function.function_arn]
            )
        )
        self._watch()
        publish(self, foundation.settings, DEPLOY_HOOK, self._function.function.function_arn)

    def _versions(self) -> list[str]:
        """Every version of the functions behind the API, and no other function."""
        settings = self._foundation.settings
        names = [name for name, limit in settings.limits.items() if limit.kind is Kind.HTTP]
        versions = [
            self._arn("lambda", "function", f"ddp-{settings.stage}-{name}:*") for name in sorted(names)
        ]
        for version in versions:
            self._explain(version, "Versions get their numbers at deploys; the function is named.")
        return versions

    def _may_answer(self) -> None:
        groups = self._arn("codedeploy", "deploymentgroup", f"ddp-{self._foundation.settings.stage}-*/*")
        self._function.allow(
            "codedeploy:GetDeploymentTarget",
            "codedeploy:ListDeploymentTargets",
            "codedeploy:PutLifecycleEventHookExecutionStatus",
            on=[groups],
        )
        self._explain(
            groups, "CloudFormation names applications and groups: the stage's prefix is the narrowest."
        )

    def _explain(self, arn: str, reason: str) -> None:
        shown = arn.replace(Stack.of(self).account, "<AWS::AccountId>")
        acknowledge(self._function, f"AwsSolutions-IAM5[Resource::{shown}]", reason)

    def _arn(self, service: str, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service=service,
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _watch(self) -> None:
        metric = figure(
            self,
            "Refused",
            settings=self._foundation.settings,
            log_group=self._function.log_group,
            pattern=logs.FilterPattern.string_value("$.message", "=", "deploy refused"),
            field="1",
            name="deploys_refused",
            period=Duration.minutes(5),
            statistic="Sum",
        )
        self._foundation.monitoring.alarm(
            self,
            "DeployRefused",
            metric=metric,
            threshold=1,
            description="A deploy went back, because the new version or the platform behind it did not answer as it "
            "should: the log of smoke says what it answered.",
            runbook="deploy-refused",
        )

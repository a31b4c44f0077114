"""The defaults of every Lambda function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, IgnoreMode, RemovalPolicy, Size
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.acknowledge import acknowledge
from infra.constructs.platform import Platform
from infra.settings import RETENTION_DAYS, Settings
from infra.state import ROOT

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

ALIAS = "live"


def retention(settings: Settings) -> logs.RetentionDays:
    """How long a log group keeps its events."""
    return _RETENTION[settings.log_retention_days]


def slice_code(handler: str, *, folders: Sequence[str] = ()) -> lambda_.Code:
    """The asset of `handler`: the Python files of its own slice, and whole `folders` of the repository."""
    package = handler.split(".")[1]
    patterns = ["/*", "!/functions/", "/functions/*", f"!/functions/{package}/", f"/functions/{package}/*"]
    patterns += [f"!/functions/{package}/*.py", *(f"!/{folder}/" for folder in folders), "*.md"]
    return lambda_.Code.from_asset(str(ROOT), exclude=patterns, ignore_mode=IgnoreMode.GIT)


class ServiceFunction(Construct):
    """A Lambda function with its own role, log group, alarms, and an alias that deploys move.

    `name` is the function's short name (`uploads-http`); the function is called ddp-<stage>-<name>. `login` says
    as whom it connects to the database; `concurrency` is then the most of it that run at once. A function that
    is no part of deploys by alias (`aliased=False`) is called as it is.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        platform: Platform,
        handler: str,
        layers: Sequence[str],
        timeout: Duration,
        memory_mb: int = 512,
        ephemeral_storage: Size | None = None,
        environment: Mapping[str, str] | None = None,
        login: Login | None = None,
        concurrency: int | None = None,
        reserve: bool = False,
        folders: Sequence[str] = (),
        aliased: bool = True,
    ) -> None:
        super().__init__(scope, "".join(word.title() for word in name.split("-")))
        self.name = name
        self.timeout = timeout
        self.concurrency = concurrency
        self._platform = platform
        settings = platform.settings
        self._role = self._make_role()
        self.log_group = self._make_log_group()
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=f"ddp-{settings.stage}-{name}",
            runtime=platform.layers.runtime,
            architecture=platform.layers.architecture,
            handler=handler,
            code=slice_code(handler, folders=folders),
            layers=platform.layers.named(layers),
            timeout=timeout,
            memory_size=memory_mb,
            ephemeral_storage_size=ephemeral_storage,
            role=self._role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=concurrency if reserve and settings.reserve_concurrency else None,
            environment=self._environment(environment or {}),
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "The runtime is the setting python_version: layers' binaries and byte-code are built for it.",
        )
        if login:
            self._connect(login)
        self.target = self._make_alias() if aliased else self.function
        self._watch()
        platform.functions.append(self)

    def allow(self, *actions: str, on: Sequence[str]) -> None:
        """Give the function's role `actions` on the resources with these ARNs."""
        self._role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))

    def acknowledge_wildcard(self, resource: str, reason: str) -> None:
        """Say why a right of this function is on `resource`, which has a wildcard in it.

        `resource` is written as cdk-nag writes it, with references in angle brackets.
        """
        acknowledge(self._role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {
            "DDP_STAGE": self._platform.settings.stage,
            "POWERTOOLS_SERVICE_NAME": self.name,
            "LOG_LEVEL": "INFO",
            **own,
        }

    def _make_log_group(self) -> logs.LogGroup:
        settings = self._platform.settings
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/ddp-{settings.stage}-{self.name}",
            retention=retention(settings),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=[group.log_group_arn])
        return group

    def _make_role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "X-Ray's write actions (and those on network interfaces, for a function inside a VPC, and reading SES's "
            "quota) take no resource: AWS offers nothing narrower than *.",
        )
        return role

    def _connect(self, login: Login) -> None:
        """Let the function reach the database as `login`, and count its connections."""
        database = self._platform.database
        database.count(self.name, self.concurrency)
        for name, value in database.environment(login).items():
            self.function.add_environment(name, value)
        for statement in database.statements(login):
            self._role.add_to_policy(statement)
        if network := database.network:
            resource = self.function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  (a Function's only child of that name)
            resource.vpc_config = network

    def _make_alias(self) -> lambda_.Alias:
        return lambda_.Alias(self, "Alias", alias_name=ALIAS, version=self.function.current_version)

    def _watch(self) -> None:
        """Alarms on errors and throttles; an error alarm takes a canary back."""
        minute = Duration.minutes(1)
        errors = self.target.metric_errors(period=minute, statistic="Sum")
        throttles = self.target.metric_throttles(period=minute, statistic="Sum")
        monitoring = self._platform.monitoring
        alarm = monitoring.alarm(
            self, "Errors", metric=errors, threshold=3, description=f"{self.name} fails: read its log group."
        )
        monitoring.alarm(
            self,
            "Throttles",
            metric=throttles,
            threshold=5,
            description=f"{self.name} is throttled: raise its concurrency, and max_connections with it.",
        )
        monitoring.show(self.name, errors, throttles, self._duration())
        if self._platform.canary and isinstance(self.target, lambda_.Alias):
            self._platform.canary.deploy(self.target, rollback_on=alarm)

    def _duration(self) -> cloudwatch.Metric:
        return self.target.metric_duration(statistic="p99")

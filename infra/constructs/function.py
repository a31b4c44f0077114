"""The defaults of every Lambda function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import AssetHashType, Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.assets import stage
from infra.concurrency import Kind, Limit
from infra.constructs.access.access import Access
from infra.constructs.access.database import Login
from infra.constructs.access.edge import edge
from infra.constructs.acknowledge import acknowledge
from infra.constructs.function_alarms import FunctionAlarms, slow_seconds
from infra.constructs.logs import log_group
from infra.constructs.platform import Foundation

ALIAS = "live"
# The one function that answers under link_domain.
LINKS = "sms-links"


class ServiceFunction(Construct):
    """A Lambda function with its own role, log group, alarms, and an alias that deploys move.

    `name` is the function's short name (`uploads-http`); the function is called ddp-<stage>-<name>. `login` is the
    database login that it connects as; such a function needs a line in infra/concurrency.py. With `aliased=False`
    callers call the function itself. `internet`: it calls more than AWS, and needs a way out of the database's VPC.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        foundation: Foundation,
        handler: str,
        layers: Sequence[str],
        timeout: Duration,
        memory_mb: int = 512,
        ephemeral_storage: Size | None = None,
        environment: Mapping[str, str] | None = None,
        login: Login | None = None,
        folders: Sequence[str] = (),
        aliased: bool = True,
        internet: bool = False,
    ) -> None:
        super().__init__(scope, "".join(word.title() for word in name.split("-")))
        self.name = name
        self.timeout = timeout
        self._foundation = foundation
        self._role = self._make_role()
        self.log_group = self._make_log_group()
        self.function = lambda_.Function(
            self,
            "Function",
            handler=handler,
            code=self._code(handler, folders),
            layers=foundation.layers.named(layers),
            timeout=timeout,
            memory_size=memory_mb,
            ephemeral_storage_size=ephemeral_storage,
            environment=self._environment(environment or {}),
            **self._defaults(),
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "The runtime is the setting python_version: layers' binaries and byte-code are built for it.",
        )
        if login:
            self._connect(login, internet=internet)
        self.target = self._make_alias() if aliased else self.function
        self._watch()

    def give(self, *accesses: Access) -> None:
        """Let the function use what each of `accesses` leads to."""
        for access in accesses:
            for statement in access.statements:
                self._role.add_to_policy(statement)
            for variable, value in access.variables.items():
                self.function.add_environment(variable, value)
            for resource, reason in access.wildcards.items():
                acknowledge(self._role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)

    @property
    def limit(self) -> Limit:
        """How many of it run at once at most, for a function that connects to the database."""
        limits = self._foundation.settings.limits
        if self.name not in limits:
            raise ValueError(
                f"{self.name} connects to the database; add it to the table in infra/concurrency.py."
            )
        return limits[self.name]

    def allow(self, *actions: str, on: Sequence[str]) -> None:
        """Give the function's role `actions` on the resources with these ARNs."""
        self._role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))

    def _defaults(self) -> dict[str, Any]:
        """Options that every function has alike."""
        return {
            "function_name": f"ddp-{self._foundation.settings.stage}-{self.name}",
            "runtime": self._foundation.layers.runtime,
            "architecture": self._foundation.layers.architecture,
            "role": self._role,
            "log_group": self.log_group,
            "logging_format": lambda_.LoggingFormat.JSON,
            "application_log_level_v2": lambda_.ApplicationLogLevel.INFO,
            "system_log_level_v2": lambda_.SystemLogLevel.WARN,
            "tracing": lambda_.Tracing.ACTIVE,
            "reserved_concurrent_executions": self._reserved(),
        }

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {
            "DDP_STAGE": self._foundation.settings.stage,
            "POWERTOOLS_SERVICE_NAME": self.name,
            "LOG_LEVEL": "INFO",
            **({"POWERTOOLS_METRICS_DISABLED": "true"} if self._foundation.settings.is_local else {}),
            **(self._limits() if self._is_http else {}),
            **own,
        }

    @property
    def _is_asked(self) -> bool:
        """Whether somebody waits for its answer: the API's callers, who wait for 30 seconds at most."""
        has_no_database = self.name not in self._foundation.settings.limits
        return self._is_http or (has_no_database and self.timeout.to_seconds() <= 30)

    @property
    def _is_http(self) -> bool:
        """Whether it is behind the HTTP API, and connects to the database."""
        return self.name in self._foundation.settings.limits and self.limit.kind is Kind.HTTP

    def _limits(self) -> dict[str, str]:
        """How many requests an account may make, and where nothing is answered (ddp.refusals)."""
        settings = self._foundation.settings
        elsewhere = (
            {}
            if self.name == LINKS or not settings.link_domain
            else {"DDP_NOT_ON_DOMAIN": settings.link_domain}
        )
        return {
            "DDP_REQUEST_RATE": str(settings.request_rate),
            "DDP_REQUEST_BURST": str(settings.request_burst),
            **elsewhere,
        }

    def _reserved(self) -> int | None:
        """HTTP functions are limited here, workers at their queues."""
        settings = self._foundation.settings
        return self.limit.concurrency if self._is_http and settings.reserve_concurrency else None

    def _code(self, handler: str, folders: Sequence[str]) -> lambda_.Code:
        """The function's own modules, and whole `folders` of the repository."""
        folder = stage(self.name, handler, folders=folders)
        return lambda_.Code.from_asset(
            str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM
        )

    def _make_log_group(self) -> logs.LogGroup:
        settings = self._foundation.settings
        name = f"/aws/lambda/ddp-{settings.stage}-{self.name}"
        group = log_group(self, "Logs", settings=settings, name=name)
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

    def _connect(self, login: Login, *, internet: bool) -> None:
        """Let the function reach the database as `login`."""
        database = self._foundation.database
        self.give(database.of(login))
        if self._is_http:
            self.give(edge(self, self._foundation.settings))
        if self.limit.kind is Kind.SCHEDULE:
            self.function.add_environment("DDP_CLOSE_CONNECTION", "true")
        if network := database.network(internet=internet):
            resource = self.function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  (a Function's only child of that name)
            resource.vpc_config = network

    def _make_alias(self) -> lambda_.Alias:
        return lambda_.Alias(self, "Alias", alias_name=ALIAS, version=self.function.current_version)

    def _watch(self) -> None:
        """Alarms; those on the version that is being deployed roll a canary deploy back."""
        alarms = FunctionAlarms(
            self,
            "Alarms",
            name=self.name,
            foundation=self._foundation,
            target=self.target,
            version=self.target.version.version if isinstance(self.target, lambda_.Alias) else "$LATEST",
            log_group=self.log_group,
            slow_from=slow_seconds(self.timeout, is_asked=self._is_asked),
        )
        if self._foundation.canary and isinstance(self.target, lambda_.Alias):
            self._foundation.canary.deploy(
                self.target, rollback_on=alarms.of_new_version, serves_http=self._is_http
            )

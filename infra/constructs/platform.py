"""What capabilities are made with: one object instead of a dozen parameters."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from infra.constructs.access.database import DatabaseAccess
from infra.constructs.access.storage import Storage
from infra.constructs.canary import Canary
from infra.constructs.layers import Layers
from infra.constructs.monitoring import Monitoring
from infra.constructs.routes import Routes
from infra.constructs.shared_names import ALARM_TOPIC, DEPLOY_HOOK, DEPLOY_ROLE, PUBLIC_URL, lookup
from infra.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The parts of a stack that its functions and queues share."""

    settings: Settings
    layers: Layers
    database: DatabaseAccess
    monitoring: Monitoring
    canary: Canary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(Foundation):
    """The parts of a stack of capabilities: those of other stacks are found by their published names."""

    storage: Storage
    routes: Routes
    stack: Stack

    @property
    def public_url(self) -> str:
        """Base of links that leave the system, without a slash at the end; a parameter of stacks that use it."""
        return lookup(self.stack, self.settings, PUBLIC_URL)


def foundation(
    stack: Stack,
    settings: Settings,
    *,
    topic: sns.ITopic,
    role: iam.IRole | None,
    hook: lambda_.IFunction | None = None,
) -> Foundation:
    """The parts of `stack`, whose alarms notify `topic`; CodeDeploy works as `role`, None without canary deploys.

    `hook`: what looks at new versions of HTTP functions.
    """
    return Foundation(
        settings=settings,
        layers=Layers(stack, "Layers", settings=settings),
        database=DatabaseAccess(stack, settings=settings),
        monitoring=Monitoring(stack, "Monitoring", name=stack.stack_name, topic=topic),
        canary=Canary(stack, "Canary", role=role, hook=hook) if role else None,
    )


def platform(stack: Stack, settings: Settings) -> Platform:
    """The parts of a stack of capabilities."""
    base = foundation(
        stack,
        settings,
        topic=_alarm_topic(stack, settings),
        role=_deploy_role(stack, settings),
        hook=_deploy_hook(stack, settings),
    )
    return Platform(
        settings=settings,
        layers=base.layers,
        database=base.database,
        monitoring=base.monitoring,
        canary=base.canary,
        storage=Storage(stack, settings=settings),
        routes=Routes(stack, "Routes", settings=settings),
        stack=stack,
    )


def _alarm_topic(stack: Stack, settings: Settings) -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "AlarmTopic", lookup(stack, settings, ALARM_TOPIC))


def _deploy_hook(stack: Stack, settings: Settings) -> lambda_.IFunction | None:
    if not settings.canary:
        return None
    return lambda_.Function.from_function_arn(stack, "DeployHook", lookup(stack, settings, DEPLOY_HOOK))


def _deploy_role(stack: Stack, settings: Settings) -> iam.IRole | None:
    if not settings.canary:
        return None
    return iam.Role.from_role_arn(stack, "DeployRole", lookup(stack, settings, DEPLOY_ROLE), mutable=False)

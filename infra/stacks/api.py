"""What every capability needs: the HTTP API, its authorizer, the migration, and where alarms go."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.capabilities.identity import Authorizer, local_parameter
from infra.capabilities.maintenance import Migration
from infra.capabilities.smoke import Smoke
from infra.capabilities.watching.database import DatabaseAlarms
from infra.capabilities.watching.overview import Overview
from infra.constructs.alarm_topic import AlarmTopic
from infra.constructs.canary import DeployRole
from infra.constructs.http_api import HttpApi
from infra.constructs.platform import foundation
from infra.constructs.shared_names import PUBLIC_URL, publish
from infra.settings import Settings


class ApiStack(Stack):
    """Deployed after the data stack and before the stacks of capabilities, which find it by its published names.

    The migration runs here, so the schema is applied before any capability's function changes.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        topic = AlarmTopic(self, "Alarms", settings=settings).topic
        role = DeployRole(self, "Deploys", settings=settings).role if settings.canary else None
        base = foundation(self, settings, topic=topic, role=role)
        authorizer = Authorizer(self, "Identity", foundation=base)
        api = HttpApi(self, "HttpApi", settings=settings, monitoring=base.monitoring)
        api.authorize_with(authorizer.function.target)
        migrated = Migration(self, "Migration", foundation=base)
        migrated.precede(authorizer)
        if role:
            migrated.precede(Smoke(self, "Smoke", foundation=base, api=api, role=role))
        Overview(self, "Overview", settings=settings, failures=api.failures)
        DatabaseAlarms(self, "Database", settings=settings, monitoring=base.monitoring)
        publish(self, settings, PUBLIC_URL, self._public_url(settings, api))
        CfnOutput(self, "ApiUrl", value=api.endpoint)

    def _public_url(self, settings: Settings, api: HttpApi) -> str:
        if settings.is_local and not settings.public_url:
            return local_parameter(self, "LocalApiUrl", "http address under which the local API is reached")
        return settings.public_url.rstrip("/") or api.endpoint

"""The API, the functions, their queues, and the migration that precedes them."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.capabilities.campaigns import Campaigns
from infra.capabilities.email.functions import Email
from infra.capabilities.identity import Authorizer, local_parameter
from infra.capabilities.maintenance import Migration
from infra.capabilities.uploads import Uploads
from infra.constructs.access.database import DatabaseAccess
from infra.constructs.access.storage import Storage
from infra.constructs.canary import Canary
from infra.constructs.http_api import HttpApi
from infra.constructs.layers import Layers
from infra.constructs.monitoring import Monitoring
from infra.constructs.platform import Platform
from infra.settings import Settings


class ServiceStack(Stack):
    """One construct per capability: a new capability is a file in infra/capabilities and a line here."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        platform = self._platform(settings)
        migration = Migration(self, "Migration", platform=platform)
        migration.precede(
            Authorizer(self, "Identity", platform=platform),
            Uploads(self, "Uploads", platform=platform),
            Campaigns(self, "Campaigns", platform=platform),
            Email(self, "Email", platform=platform),
        )
        CfnOutput(self, "ApiUrl", value=platform.api.endpoint)

    def _platform(self, settings: Settings) -> Platform:
        monitoring = Monitoring(self, "Monitoring", settings=settings)
        api = HttpApi(self, "HttpApi", settings=settings, monitoring=monitoring)
        return Platform(
            settings=settings,
            layers=Layers(self, "Layers", settings=settings),
            database=DatabaseAccess(self, settings=settings),
            storage=Storage(self, settings=settings),
            api=api,
            monitoring=monitoring,
            canary=Canary(self, "Canary") if settings.canary else None,
            public_url=self._public_url(settings, api),
        )

    def _public_url(self, settings: Settings, api: HttpApi) -> str:
        if settings.is_local and not settings.public_url:
            return local_parameter(self, "PublicUrl", "http address under which the local API is reached")
        return settings.public_url.rstrip("/") or api.endpoint

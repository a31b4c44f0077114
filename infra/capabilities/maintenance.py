"""Maintenance: applies the schema in every deploy, before any function runs against it."""

from __future__ import annotations

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.assets import digest, files_in
from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Foundation
from infra.settings import Settings
from infra.state import ROOT

TIMEOUT = Duration.minutes(15)
# A failed migration should not keep a developer waiting.
LOCAL_TIMEOUT = Duration.minutes(2)


class Migration(Construct):
    """The function migrate, and the custom resource that calls it when a file under schema/ has changed.

    Operators call it too (`ddp migrate --stage`), with rights of their own.
    """

    def __init__(self, scope: Construct, construct_id: str, *, foundation: Foundation) -> None:
        super().__init__(scope, construct_id)
        self._function = ServiceFunction(
            self,
            "migrate",
            foundation=foundation,
            handler="functions.maintenance.migrate.handler",
            layers=["base", "database", "shared"],
            folders=["schema"],
            timeout=TIMEOUT,
            login=Login.MIGRATOR,
            # CloudFormation calls the function itself: an alias could still lead to the version before.
            aliased=False,
        )
        self._schema = CustomResource(
            self,
            "Schema",
            resource_type="Custom::DatabaseSchema",
            service_token=self._function.function.function_arn,
            service_timeout=LOCAL_TIMEOUT if foundation.settings.is_local else TIMEOUT,
            properties={"SchemaHash": schema_hash(), **_request(foundation.settings)},
        )

    def precede(self, *scopes: Construct) -> None:
        """Let no function in `scopes` change before the schema is applied."""
        for scope in scopes:
            for each in scope.node.find_all():
                if isinstance(each, lambda_.CfnFunction):
                    each.node.add_dependency(self._schema)


def _request(settings: Settings) -> dict[str, str]:
    """Another value makes CloudFormation call the function although no file has changed."""
    return {"Request": settings.migration_request} if settings.migration_request else {}


def schema_hash() -> str:
    """A hash of the files that `migrate` applies: it runs again when one of them has changed."""
    return digest(files_in(ROOT / "schema"), ROOT)

"""Apply the schema in every deploy, before any function runs against it."""

from __future__ import annotations

import hashlib

from aws_cdk import CustomResource, Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.state import ROOT

TIMEOUT = Duration.minutes(15)
# Of the local emulator: there a failed migration should not keep a person waiting.
LOCAL_TIMEOUT = Duration.minutes(2)


class Migration(Construct):
    """The function `migrate` and the custom resource that calls it whenever a file under schema/ changes."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._function = ServiceFunction(
            self,
            "migrate",
            platform=platform,
            handler="functions.maintenance.migrate.handler",
            layers=["base", "database", "shared"],
            folders=["schema"],
            timeout=TIMEOUT,
            login=Login.MIGRATOR,
            concurrency=2,
            # CloudFormation calls the function itself: through an alias it could meet the version before.
            aliased=False,
        )
        self._schema = CustomResource(
            self,
            "Schema",
            resource_type="Custom::DatabaseSchema",
            service_token=self._function.function.function_arn,
            service_timeout=LOCAL_TIMEOUT if platform.settings.is_local else TIMEOUT,
            properties={"SchemaHash": schema_hash()},
        )

    def precede(self, functions: list[ServiceFunction]) -> None:
        """Let none of `functions` (but the migration's own) change before the schema is applied."""
        for each in functions:
            if each is not self._function:
                each.function.node.add_dependency(self._schema)


def schema_hash() -> str:
    """SHA-256 over the names and contents of the files that `migrate` applies."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "schema").rglob("*")):
        if path.is_file() and path.suffix != ".md":
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()

"""Campaigns and templates: the HTTP function."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.http_api import Method
from infra.constructs.platform import Platform


class Campaigns(Construct):
    """campaigns-http behind the API: campaigns with their participants, templates with their previews."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        api = platform.api
        function = ServiceFunction(
            self,
            "campaigns-http",
            platform=platform,
            handler="functions.campaigns.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        api.add_paths(
            ["/campaigns", "/templates"],
            [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
            api.integrate("Campaigns", function.target),
        )

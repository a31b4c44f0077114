"""Campaigns, templates and approvals: the HTTP function."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method


class Campaigns(Construct):
    """campaigns-http behind the API: campaigns with participants and co-op funds, templates with previews."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        routes = platform.routes
        function = ServiceFunction(
            self,
            "campaigns-http",
            foundation=platform,
            handler="functions.campaigns.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            # Previews tell images of ours from others'.
            environment={"DDP_PUBLIC_URL": platform.public_url},
            login=Login.API,
        )
        routes.add_paths(
            ["/campaigns", "/approvals", "/funds", "/fund-claims", "/retailer-groups", "/templates"],
            [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
            routes.integrate("Campaigns", function.target),
        )

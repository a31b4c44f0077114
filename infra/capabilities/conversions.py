"""Conversions: the function behind the public paths to which shops and pages of thanks report orders."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.shared_names import MESSAGE_SECRET

# Paths of the analytics API that functions/analytics/routes/conversions.py answers. Not greedy: what is below
# /conversions/hooks is public.
PATHS = ("/conversions", "/conversions/keys")


class Conversions(Construct):
    """analytics-conversions behind the API's public paths."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        function = ServiceFunction(
            self,
            "analytics-conversions",
            foundation=platform,
            handler="functions.analytics.conversions.handler",
            layers=["base", "database", "models", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=512,
            # Signature and reference are the permission: there is no user whose rights row level security could check.
            login=Login.WORKER,
        )
        give_keys(self, function, platform=platform)
        routes = platform.routes
        integration = routes.integrate("Conversions", function.target)
        routes.add_public_path(
            "/conversions/hooks",
            [Method.POST],
            integration,
            reason="A retailer's shop has no account: its signature over time and body is the permission.",
        )
        routes.add_public_path(
            "/c",
            [Method.GET],
            integration,
            reason="Customers have no account: the signed reference in the address is the permission, and only counts.",
        )


def give_keys(scope: Construct, function: ServiceFunction, *, platform: Platform) -> None:
    """Let a function derive the keys of shops and hash customers' addresses; analytics-http needs it too."""
    function.give(secret(scope, platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET"))

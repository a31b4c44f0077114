"""People: the HTTP function of the caller, members, the directory and the administration of accounts."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.constructs.access.database import Login
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method


class People(Construct):
    """people-http behind the API."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        routes = platform.routes
        function = ServiceFunction(
            self,
            "people-http",
            foundation=platform,
            handler="functions.people.http.handler",
            layers=["base", "database", "models", "devices", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            login=Login.API,
        )
        routes.add_paths(
            [
                "/me",
                "/sessions",
                "/directory",
                "/members",
                "/invitations",
                "/users",
                "/user-invitations",
                "/notices",
            ],
            [Method.GET, Method.POST, Method.PATCH, Method.DELETE],
            routes.integrate("People", function.target),
        )

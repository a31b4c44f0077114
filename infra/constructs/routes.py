"""Routes of the HTTP API, added from the stack of the function that they lead to."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.shared_names import API_ID, AUTHORIZER_ID, lookup
from infra.settings import Settings

Method = apigateway.HttpMethod


class Routes(Construct):
    """A pair of greedy routes for each path of a capability, and public routes beside them.

    Routes name their methods instead of ANY: a route for ANY with an authorizer would also receive the browser's
    preflight request, which carries no token. Without a route for OPTIONS, API Gateway answers it itself.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._api = apigateway.HttpApi.from_http_api_attributes(
            self, "Api", http_api_id=lookup(self, settings, API_ID)
        )
        self._authorizer = apigateway.HttpAuthorizer.from_http_authorizer_attributes(
            self, "Authorizer", authorizer_id=lookup(self, settings, AUTHORIZER_ID), authorizer_type="CUSTOM"
        )

    def integrate(self, name: str, function: lambda_.IFunction) -> integrations.HttpLambdaIntegration:
        """An integration that serves any number of routes, with one permission for all of them."""
        return integrations.HttpLambdaIntegration(name, function, scope_permission_to_route=False)

    def add_paths(
        self, paths: Sequence[str], methods: Sequence[Method], to: integrations.HttpLambdaIntegration
    ) -> None:
        """Send each path, and everything below it, to `to` with the caller's verified claims."""
        for path in paths:
            for each in (path, f"{path}/{{proxy+}}"):
                self._add(each, methods, to, self._authorizer)

    def add_exact_paths(
        self, paths: Sequence[str], methods: Sequence[Method], to: integrations.HttpLambdaIntegration
    ) -> None:
        """As add_paths, without what is below: a public path may be there."""
        for path in paths:
            self._add(path, methods, to, self._authorizer)

    def add_internal_path(
        self, path: str, methods: Sequence[Method], to: integrations.HttpLambdaIntegration
    ) -> None:
        """Send `path` to `to` for roles of this account that IAM lets call it: requests are signed, without a token."""
        self._add(path, methods, to, authorizers.HttpIamAuthorizer())

    def add_public_path(
        self,
        path: str,
        methods: Sequence[Method],
        to: integrations.HttpLambdaIntegration,
        *,
        reason: str,
    ) -> None:
        """Send everything below `path` to `to` without asking who calls; `reason` says why that is right."""
        self.add_public_routes([f"{path}/{{proxy+}}"], methods, to, reason=reason)

    def add_public_routes(
        self,
        paths: Sequence[str],
        methods: Sequence[Method],
        to: integrations.HttpLambdaIntegration,
        *,
        reason: str,
    ) -> None:
        """As add_public_path, for paths as they stand: `/{code}` has one part, and `/{proxy+}` any number."""
        for path in paths:
            for route in self._add(path, methods, to, apigateway.HttpNoneAuthorizer()):
                acknowledge(route, "AwsSolutions-APIG4", reason)

    def _add(
        self,
        path: str,
        methods: Sequence[Method],
        to: integrations.HttpLambdaIntegration,
        authorizer: apigateway.IHttpRouteAuthorizer,
    ) -> list[apigateway.HttpRoute]:
        return [
            apigateway.HttpRoute(
                self,
                f"{method.value}{path.replace('/', '--')}",
                http_api=self._api,
                route_key=apigateway.HttpRouteKey.with_(path, method),
                integration=to,
                authorizer=authorizer,
            )
            for method in methods
        ]

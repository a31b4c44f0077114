"""The HTTP API: one authorizer, a pair of greedy routes for each path of a capability, public routes beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.logs import log_group
from infra.constructs.monitoring import Monitoring
from infra.settings import Settings

Method = apigateway.HttpMethod

REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key"]
RESPONSE_HEADERS = ["Location", "Idempotency-Replayed", "Retry-After"]

ACCESS_LOG = {
    name: f"$context.{value}"
    for name, value in {
        "requestId": "requestId",
        "time": "requestTime",
        "sourceIp": "identity.sourceIp",
        "route": "routeKey",
        "status": "status",
        "latencyMs": "responseLatency",
        "bytes": "responseLength",
        "authorizerError": "authorizer.error",
        "integrationError": "integrationErrorMessage",
    }.items()
}


class HttpApi(Construct):
    """The API and its only stage, `$default`.

    Routes name their methods instead of ANY: a route ANY with an authorizer would catch the browser's
    preflight too, which carries no token; without a route for OPTIONS, API Gateway answers it by itself.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, monitoring: Monitoring
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._authorizer: authorizers.HttpLambdaAuthorizer | None = None
        self._api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"ddp-{settings.stage}",
            create_default_stage=False,
            cors_preflight=self._cors() if settings.cors_origins else None,
        )
        self._make_stage()
        self._watch(monitoring)

    @property
    def endpoint(self) -> str:
        """The API's own https address, without a slash at the end."""
        return self._api.api_endpoint

    def authorize_with(self, authorizer: lambda_.IFunction) -> None:
        """Ask `authorizer` about every route that is not public; its answer is kept for five minutes a token."""
        self._authorizer = authorizers.HttpLambdaAuthorizer(
            "Authorizer",
            authorizer,
            authorizer_name="access-token",
            identity_source=["$request.header.Authorization"],
            response_types=[authorizers.HttpLambdaResponseType.SIMPLE],
            results_cache_ttl=Duration.seconds(300),
        )

    def integrate(self, name: str, function: lambda_.IFunction) -> integrations.HttpLambdaIntegration:
        """An integration that serves any number of routes, with one permission for all of them."""
        return integrations.HttpLambdaIntegration(name, function, scope_permission_to_route=False)

    def add_paths(
        self,
        paths: Sequence[str],
        methods: Sequence[apigateway.HttpMethod],
        to: integrations.HttpLambdaIntegration,
    ) -> None:
        """Send each path, and everything below it, to `to` with the caller's verified claims."""
        if self._authorizer is None:
            raise RuntimeError("authorize_with() comes before the first route")
        for path in paths:
            for each in (path, f"{path}/{{proxy+}}"):
                self._api.add_routes(
                    path=each, methods=list(methods), integration=to, authorizer=self._authorizer
                )

    def add_public_path(
        self,
        path: str,
        methods: Sequence[apigateway.HttpMethod],
        to: integrations.HttpLambdaIntegration,
        *,
        reason: str,
    ) -> None:
        """Send what is below `path` to `to` without asking who calls; `reason` says why that is right."""
        routes = self._api.add_routes(
            path=f"{path}/{{proxy+}}",
            methods=list(methods),
            integration=to,
            authorizer=apigateway.HttpNoneAuthorizer(),
        )
        for route in routes:
            acknowledge(route, "AwsSolutions-APIG4", reason)

    def _cors(self) -> apigateway.CorsPreflightOptions:
        return apigateway.CorsPreflightOptions(
            allow_origins=list(self._settings.cors_origins),
            allow_methods=[apigateway.CorsHttpMethod.ANY],
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
            max_age=Duration.hours(1),
        )

    def _make_stage(self) -> None:
        log = log_group(
            self, "AccessLog", settings=self._settings, name=f"/aws/http-api/ddp-{self._settings.stage}"
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self._api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=self._settings.throttle_rate, burst_limit=self._settings.throttle_burst
            ),
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)  # noqa: S101  (an HttpStage's only child of that name)
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(ACCESS_LOG)
        )

    def _watch(self, monitoring: Monitoring) -> None:
        minute = Duration.minutes(1)
        failures = self._api.metric_server_error(period=minute, statistic="Sum")
        latency = self._api.metric_latency(period=minute, statistic="p99")
        monitoring.alarm(
            self, "ServerErrors", metric=failures, threshold=5, description="The API answers with 5xx."
        )
        monitoring.show("HTTP API", self._api.metric_count(period=minute), failures, latency)

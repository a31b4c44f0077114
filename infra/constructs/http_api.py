"""The HTTP API with its stage and its authorizer. Its routes are in other stacks (`routes.py`)."""

from __future__ import annotations

import json

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.edge.domains import Domains
from infra.constructs.logs import log_group
from infra.constructs.monitoring import Monitoring
from infra.constructs.shared_names import API_ID, AUTHORIZER_ID, publish
from infra.settings import Settings

REQUEST_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-DDP-Account"]
# Apigw-Requestid is the gateway's own, on every answer: the id that problems and logs have.
RESPONSE_HEADERS = [
    *("Apigw-Requestid", "ETag", "Location", "Idempotency-Replayed"),
    *("Retry-After", "RateLimit", "RateLimit-Policy"),
]

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
    """The API and its only stage, `$default`, which deploys the routes of every stack by itself.

    `failures`: how often it answered with 5xx, in each minute.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, monitoring: Monitoring
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"ddp-{settings.stage}",
            create_default_stage=False,
            cors_preflight=self._cors() if settings.cors_origins else None,
        )
        self._stage_name = self._make_stage()
        if settings.domains:
            Domains(self, "Domains", settings=settings, api_id=self._api.api_id, stage=self._stage_name)
        self.failures = self._api.metric_server_error(period=Duration.minutes(1), statistic="Sum")
        self._watch(monitoring)
        publish(self, settings, API_ID, self._api.api_id)

    def route_arn(self, method: str, path: str) -> str:
        """The ARN that IAM knows a route by, such as `POST`, `/health`."""
        return Stack.of(self).format_arn(
            service="execute-api", resource=self._api.api_id, resource_name=f"$default/{method}{path}"
        )

    @property
    def endpoint(self) -> str:
        """The API's own https address, without a slash at the end."""
        return self._api.api_endpoint

    def authorize_with(self, function: lambda_.IFunction) -> None:
        """Ask `function` about every route that is not public; keep its answer for five minutes per token."""
        stack = Stack.of(self)
        invocation = f"path/2015-03-31/functions/{function.function_arn}/invocations"
        authorizer = apigateway.HttpAuthorizer(
            self,
            "Authorizer",
            http_api=self._api,
            authorizer_name="access-token",
            type=apigateway.HttpAuthorizerType.LAMBDA,
            authorizer_uri=f"arn:{stack.partition}:apigateway:{stack.region}:lambda:{invocation}",
            identity_source=self._identity_sources(),
            payload_format_version=apigateway.AuthorizerPayloadVersion.VERSION_2_0,
            enable_simple_responses=True,
            results_cache_ttl=Duration.seconds(300),
        )
        source = f"{self._api.api_id}/authorizers/{authorizer.authorizer_id}"
        function.add_permission(
            "AskedByApi",
            scope=self,
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=stack.format_arn(service="execute-api", resource=source),
        )
        publish(self, self._settings, AUTHORIZER_ID, authorizer.authorizer_id)

    def _identity_sources(self) -> list[str]:
        """What the authorizer's answers are kept by; without one of these the gateway itself answers 401."""
        edge = ["$request.header.X-DDP-Edge"] if self._settings.edge_only else []
        return ["$request.header.Authorization", *edge]

    def _cors(self) -> apigateway.CorsPreflightOptions:
        return apigateway.CorsPreflightOptions(
            allow_origins=list(self._settings.cors_origins),
            allow_methods=[apigateway.CorsHttpMethod.ANY],
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
            max_age=Duration.hours(1),
        )

    def _make_stage(self) -> str:
        """Returns its name, which is known once the stage is made."""
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
        return resource.ref

    def _watch(self, monitoring: Monitoring) -> None:
        minute = Duration.minutes(1)
        latency = self._api.metric_latency(period=minute, statistic="p99")
        monitoring.alarm(
            self,
            "ServerErrors",
            metric=self.failures,
            threshold=5,
            description="The API answers with 5xx: its access log names the routes, and the log groups of their "
            "functions the reasons.",
            runbook="api-server-errors",
        )
        monitoring.show("HTTP API", self._api.metric_count(period=minute), self.failures, latency)

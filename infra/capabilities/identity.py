"""Who issues access tokens, and the authorizer that verifies them."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import CfnParameter, Duration
from constructs import Construct

from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Foundation
from infra.settings import Settings


class Authorizer(Construct):
    """The Lambda authorizer of the HTTP API: API Gateway's own accepts RSA only, and Supabase signs with ES256."""

    def __init__(self, scope: Construct, construct_id: str, *, foundation: Foundation) -> None:
        super().__init__(scope, construct_id)
        self.function = ServiceFunction(
            self,
            "authorizer",
            foundation=foundation,
            handler="functions.auth.authorizer.handler",
            layers=["base", "tokens", "shared"],
            timeout=Duration.seconds(10),
            environment=_issuer(self, foundation.settings),
        )


def _issuer(scope: Construct, settings: Settings) -> Mapping[str, str]:
    """The issuer's variables. In stage local its address is a parameter, because its port changes at each start."""
    issuer = settings.oidc_issuer or local_parameter(scope, "OidcIssuer", "http address of the local issuer")
    jwks = settings.oidc_jwks_url or (
        local_parameter(scope, "OidcJwksUrl", "where the local issuer publishes its keys")
        if settings.is_local
        else f"{settings.oidc_issuer.rstrip('/')}/.well-known/jwks.json"
    )
    return {
        "DDP_OIDC_ISSUER": issuer,
        "DDP_OIDC_AUDIENCE": settings.oidc_audience,
        "DDP_OIDC_JWKS_URL": jwks,
    }


def local_parameter(scope: Construct, name: str, description: str) -> str:
    """A parameter of the stack that the local runtime passes, named exactly `name`."""
    parameter = CfnParameter(scope, name, type="String", description=description)
    parameter.override_logical_id(name)
    return parameter.value_as_string

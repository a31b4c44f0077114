"""The HTTP API's Lambda authorizer: verifies a bearer token and passes its claims on.

API Gateway's own JWT authorizer takes RSA only; Supabase signs with ES256. The answer is the simple response of
payload 2.0, which API Gateway caches by token (300 s).
"""

from __future__ import annotations

import json
from typing import Any

import jwt
from aws_lambda_powertools.utilities.typing import LambdaContext
from jwt.exceptions import PyJWKClientConnectionError, PyJWTError

from ddp import settings
from ddp.observability import logger

ISSUER = settings.required("DDP_OIDC_ISSUER")
AUDIENCE = settings.required("DDP_OIDC_AUDIENCE")
JWKS_URL = settings.required("DDP_OIDC_JWKS_URL")

# Never a symmetric one: its secret would be the public key.
ALGORITHMS = ["ES256", "RS256"]

# Seconds by which the issuer's clock may differ from ours.
LEEWAY = 30

# Characters; the largest honest token is far below, and API Gateway ends headers at 10,240 bytes.
TOKEN_LIMIT = 8_192

DENIED: dict[str, Any] = {"isAuthorized": False}


class InsecureIssuer(RuntimeError):
    """Keys fetched over plain http could be anybody's."""


def key_client() -> jwt.PyJWKClient:
    """The issuer's keys, cached. A key id that is not among them leads to one fetch, then to none for 30 s, so that
    forged ids cannot flood the issuer. Raises InsecureIssuer for http outside stage local."""
    insecure = any(not url.startswith("https://") for url in (ISSUER, JWKS_URL))
    if insecure and settings.required("DDP_STAGE") != "local":
        raise InsecureIssuer(f"issuer and keys must be https: {ISSUER}, {JWKS_URL}")
    return jwt.PyJWKClient(JWKS_URL, lifespan=600, timeout=3, cooldown_duration=30)


keys = key_client()


def verify(token: str) -> dict[str, Any]:
    """The claims of a token that holds. Raises jwt.PyJWTError; PyJWKClientConnectionError where the issuer is away."""
    key = keys.get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=ALGORITHMS,
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=LEEWAY,
        options={"require": ["exp", "iat", "sub"]},
    )
    return claims


def bearer_token(event: dict[str, Any]) -> str | None:
    """The token of the Authorization header; None where there is none, or one too long to be honest."""
    scheme, _, token = event.get("headers", {}).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and 0 < len(token) <= TOKEN_LIMIT else None


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Allow with the claims as one JSON string, or deny.

    Where the issuer cannot be reached it raises: the caller gets a 500, which is not cached, and never entrance.
    """
    token = bearer_token(event)
    if token is None:
        return DENIED
    keys.get_signing_keys()  # not in the try: what fails here is the issuer's fault, not the caller's
    try:
        claims = verify(token)
    except PyJWKClientConnectionError:
        raise
    except PyJWTError as error:
        logger.info("denied", reason=f"{type(error).__name__}: {error}")
        return DENIED
    return {"isAuthorized": True, "context": {"claims": json.dumps(claims)}}

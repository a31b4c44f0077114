"""The HTTP API's Lambda authorizer: verifies the bearer token and passes on its claims.

API Gateway's built-in JWT authorizer accepts only RSA, but Supabase signs with ES256. The response has the simple
format of payload version 2.0; API Gateway caches it per token for 300 s.
"""

from __future__ import annotations

import json
import math
import time
from typing import Any

import jwt
from aws_lambda_powertools.utilities.typing import LambdaContext
from jwt.exceptions import DecodeError, PyJWKClientConnectionError, PyJWTError

from ddp import settings
from ddp.observability import logger

ISSUER = settings.required("DDP_OIDC_ISSUER")
AUDIENCE = settings.required("DDP_OIDC_AUDIENCE")
JWKS_URL = settings.required("DDP_OIDC_JWKS_URL")

# Asymmetric only: if HS256 were accepted, anyone could sign tokens with the public key as the secret.
ALGORITHMS = ["ES256", "RS256"]

# Accepted difference between the issuer's clock and ours, in seconds.
LEEWAY = 30

# In characters. Genuine tokens are much shorter; API Gateway limits headers to 10,240 bytes.
TOKEN_LIMIT = 8_192

DENIED: dict[str, Any] = {"isAuthorized": False}


class InsecureIssuer(RuntimeError):
    """The issuer or its keys are not on https, so the keys could be forged in transit."""


def key_client() -> jwt.PyJWKClient:
    """A client that fetches and caches the issuer's keys.

    An unknown key id triggers one fetch, and then none for 30 s, so that forged ids cannot flood the issuer.
    Raises InsecureIssuer for an http issuer, except in stage local.
    """
    insecure = any(not url.startswith("https://") for url in (ISSUER, JWKS_URL))
    if insecure and settings.required("DDP_STAGE") != "local":
        raise InsecureIssuer(f"issuer and keys must be https: {ISSUER}, {JWKS_URL}")
    return jwt.PyJWKClient(JWKS_URL, lifespan=600, timeout=3, cooldown_duration=30)


keys = key_client()


def verify(token: str) -> dict[str, Any]:
    """Return the claims of a valid token, which may have expired.

    Raises jwt.PyJWTError if the token is not valid, PyJWKClientConnectionError if the issuer cannot be reached.
    """
    key = keys.get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=ALGORITHMS,
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=LEEWAY,
        options={"require": ["exp", "iat", "sub"], "verify_exp": False},
    )
    if not isinstance(claims["exp"], int | float) or not math.isfinite(claims["exp"]):
        raise DecodeError("exp is not a number")
    return claims


def bearer_token(event: dict[str, Any]) -> str | None:
    """The token from the Authorization header; None if it is missing or longer than TOKEN_LIMIT."""
    scheme, _, token = event.get("headers", {}).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and 0 < len(token) <= TOKEN_LIMIT else None


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Allow the request and pass on its claims as one JSON string, or deny it.

    A token that is valid but for its age passes, marked: to a denial API Gateway answers 403, but clients sign in again
    at a 401, which the functions answer (`ddp.edge`).

    Raises if the issuer cannot be reached: the caller gets a 500, which API Gateway does not cache.
    """
    token = bearer_token(event)
    if token is None:
        return DENIED
    keys.get_signing_keys()  # outside the try: a failure here is the issuer's fault, not the caller's
    try:
        claims = verify(token)
    except PyJWKClientConnectionError:
        raise
    except PyJWTError as error:
        logger.info("denied", reason=f"{type(error).__name__}: {error}")
        return DENIED
    is_expired = claims["exp"] <= time.time() - LEEWAY
    return {"isAuthorized": True, "context": {"claims": json.dumps(claims), "is_expired": is_expired}}

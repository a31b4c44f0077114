"""What is asked of a new version, and of the platform behind it, while a deploy shifts traffic."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from ddp.refusals.origin import secret_header

# Reasons of GET /health for which a deploy goes back. Schedules and waiting work have alarms of their own: a deploy may
# be what repairs them.
GRAVE: Final = frozenset({"database", "schema"})
# Lambda and API Gateway give up after 30 seconds.
SECONDS: Final = 35
_PATIENT: Final = Config(read_timeout=SECONDS, retries={"total_max_attempts": 1})

http = urllib3.PoolManager(timeout=SECONDS, retries=False)


class Refused(Exception):
    """Something does not answer as it should; the message says what."""


@cache
def client() -> Any:
    """Calls versions of functions."""
    return boto3.client("lambda", config=_PATIENT)


def ask_version(function: str, version: str) -> None:
    """Call this version itself, which no caller reaches yet, as API Gateway would. Raises Refused.

    The request is `GET /health`, which most functions do not know: that they say so shows that their code, layers and
    settings fit together.
    """
    event = json.dumps(_request()).encode()
    called = client().invoke(FunctionName=function, Qualifier=version, Payload=event)
    answer = json.loads(called["Payload"].read())
    if "FunctionError" in called:
        raise Refused(f"version {version} of {function} does not start: {answer.get('errorMessage', answer)}")
    status = int(answer["statusCode"])
    if status >= 500 and not _has_no_grave_reason(status, str(answer.get("body"))):
        raise Refused(f"version {version} of {function} answers {status}: {str(answer.get('body'))[:500]}")


def ask_platform(api_url: str) -> None:
    """Ask over HTTP, as clients do: whether the platform is healthy, and whether it can write. Raises Refused."""
    url = f"{api_url}/health"
    _expect("GET", url, secret_header())
    _expect("POST", url, _signed("POST", url) | secret_header())


def _expect(method: str, url: str, headers: Mapping[str, str]) -> None:
    try:
        answer = http.request(method, url, headers=dict(headers))
    except urllib3.exceptions.HTTPError as error:
        raise Refused(f"{method} {url} does not answer: {error}") from None
    body = answer.data.decode(errors="replace")
    if answer.status >= 300 and not (method == "GET" and _has_no_grave_reason(answer.status, body)):
        raise Refused(f"{method} {url} answers {answer.status}: {body[:500]}")


def _signed(method: str, url: str) -> dict[str, str]:
    """The headers of a request that API Gateway admits as the function's own role."""
    request = AWSRequest(method=method, url=url)
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise Refused("the function has no credentials to sign a request with")
    SigV4Auth(credentials, "execute-api", session.region_name).add_auth(request)
    return dict(request.headers)


def _has_no_grave_reason(status: int, body: str) -> bool:
    """Whether the answer is a 503 of GET /health, for reasons that say nothing about a new version."""
    try:
        reasons: Collection[str] = json.loads(body)["reasons"]
    except (ValueError, KeyError, TypeError):
        return False
    return status == 503 and not GRAVE & set(reasons)


def _request() -> dict[str, Any]:
    """An HTTP API event (payload 2.0) without a token."""
    place = {"method": "GET", "path": "/health", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/health",
        "rawQueryString": "",
        "headers": {
            "host": "smoke.invalid",
            **{name.lower(): value for name, value in secret_header().items()},
        },
        "requestContext": {
            "accountId": "smoke",
            "apiId": "smoke",
            "domainName": "smoke.invalid",
            "http": {**place, "userAgent": "ddp smoke"},
            "requestId": "smoke",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/1970:00:00:00 +0000",
            "timeEpoch": 0,
        },
        "isBase64Encoded": False,
    }

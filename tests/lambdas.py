"""Call handlers as Lambda does: environment, adapted sample events, a context."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

EVENTS = Path(__file__).parents[1] / "events"

BUCKET = "ddp-test-uploads"
REGION = "eu-central-1"
ISSUER = "https://issuer.example.com/auth/v1"
AUDIENCE = "authenticated"
MESSAGE_SECRET = "ddp/test/messages"
PUBLIC_URL = "https://ddp.example.com"

# Read when functions are imported. The credentials are fake, so that no test ever reaches an account.
os.environ.update(
    DDP_STAGE="dev",
    DDP_BUCKET=BUCKET,
    DDP_OIDC_ISSUER=ISSUER,
    DDP_OIDC_AUDIENCE=AUDIENCE,
    DDP_OIDC_JWKS_URL=f"{ISSUER}/.well-known/jwks.json",
    DDP_MESSAGE_SECRET=MESSAGE_SECRET,
    DDP_EMAIL_PLAN_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/email-plan",
    DDP_EMAIL_SEND_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/email-send",
    DDP_EMAIL_CONFIGURATION_SET="ddp-test",
    DDP_SMS_PLAN_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/sms-plan",
    DDP_SMS_SEND_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/sms-send",
    DDP_SMS_CONFIGURATION_SET="ddp-test",
    DDP_SMS_PROTECT_CONFIGURATION="protect-test",
    DDP_SMS_OPT_OUT_LIST="ddp-test",
    DDP_SMS_COUNTRIES="AU BR CA CH DE ES FR GB IN IT JM MX NL PL PT RU SE US",
    DDP_LINK_URL="https://ddp.example.com/l",
    DDP_PUBLIC_URL=PUBLIC_URL,
    DDP_CATALOGUE_IMPORT_PRODUCTS_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/catalogue-import-products",
    DDP_ANALYTICS_EXPORT_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/analytics-export",
    DDP_ANALYTICS_REFRESH_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/analytics-refresh",
    DDP_SENDING_EXPORT_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/sending-export",
    DDP_UPLOADS_OBJECT_CREATED_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/uploads-object-created",
    DDP_MAINTENANCE_RECONCILE_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/maintenance-reconcile",
    DDP_MAINTENANCE_CLEANUP_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/maintenance-cleanup",
    DDP_SOCIAL_PUBLISH_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/social-publish",
    DDP_SOCIAL_POLL_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/social-poll",
    DDP_SOCIAL_EVENT_QUEUE_URL="https://sqs.eu-central-1.amazonaws.com/123456789012/social-event",
    DDP_CORS_ORIGINS="https://app.example.com http://localhost:3000",
    DDP_SOCIAL_KEY_ID="alias/ddp-test-social",
    DDP_SOCIAL_SECRETS='{"facebook": "ddp/test/social/facebook", "twitter": "ddp/test/social/twitter"}',
    DDP_RELEASE="0.1.0",
    DDP_SMOKE_URL="https://api.example.com",
    DDP_SCHEMA_VERSION="migrations/0330_heartbeats.sql",
    DDP_MALWARE_SCAN="off",
    AWS_DEFAULT_REGION=REGION,
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
)


@dataclass(frozen=True, slots=True)
class Context:
    """The attributes of a Lambda context that the toolkit reads."""

    function_name: str = "test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, headers and parsed body."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        assert self.body["status"] == self.status
        return self.body["code"]


def sample(name: str) -> dict[str, Any]:
    """A sample payload of events/, by its path without .json."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def claims(subject: object, **extra: object) -> dict[str, object]:
    """Claims of a token that is valid for an hour."""
    return {"sub": str(subject), "role": "authenticated", "exp": int(time.time()) + 3600, **extra}


def http_event(
    method: str,
    path: str,
    body: object = None,
    *,
    caller: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
    **query: object,
) -> dict[str, Any]:
    """An HTTP API event (payload 2.0); `body` becomes JSON unless it is text. Without `caller`, no authorizer."""
    event = sample("uploads/list_files")
    http = event["requestContext"]["http"]
    http["method"], http["path"] = method, path
    event["rawPath"] = path
    event["rawQueryString"] = urlencode(query)
    event["queryStringParameters"] = {k: str(v) for k, v in query.items()}
    event["headers"] |= headers or {}
    del event["requestContext"]["authorizer"]
    if caller is not None:
        event["requestContext"]["authorizer"] = {"lambda": {"claims": json.dumps(caller)}}
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def answer(response: dict[str, Any]) -> Answer:
    """The answer that API Gateway would send for a handler's response."""
    headers = response.get("headers", {})
    text = response.get("body") or "null"
    return Answer(response["statusCode"], headers, json.loads(text))


def object_created(key: str, etag: str, *, bucket: str = BUCKET) -> dict[str, Any]:
    """An SQS batch of one `Object Created` event."""
    batch = sample("uploads/object_created")
    message = json.loads(batch["Records"][0]["body"])
    message["detail"]["bucket"]["name"] = bucket
    message["detail"]["object"] |= {"key": key, "etag": etag.strip('"')}
    return with_message(batch, message)


def object_scanned(key: str, etag: str, status: str) -> dict[str, Any]:
    """An SQS batch of one scan result of GuardDuty."""
    batch = sample("uploads/object_scanned")
    message = json.loads(batch["Records"][0]["body"])
    message["detail"]["s3ObjectDetails"] |= {"objectKey": key, "eTag": etag.strip('"')}
    message["detail"]["scanResultDetails"]["scanResultStatus"] = status
    return with_message(batch, message)


def with_message(batch: dict[str, Any], message: object) -> dict[str, Any]:
    """The batch of one message, with another body."""
    body = message if isinstance(message, str) else json.dumps(message)
    return batch | {"Records": [batch["Records"][0] | {"body": body}]}

"""Calls to AWS End User Messaging that may be repeated, and what their errors mean for a worker."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ddp.errors import Permanent, Transient

RETRIES: Any = {"mode": "standard", "total_max_attempts": 3}

# Errors of the service that a later call need not meet.
_PASSING = {"ThrottlingException", "InternalServerException", "ServiceQuotaExceededException"}


@cache
def client() -> Any:
    """The execution environment's client, made at first use."""
    return boto3.client(
        "pinpoint-sms-voice-v2",
        config=Config(connect_timeout=3, read_timeout=10, retries=RETRIES),
    )


def call(operation: str, **parameters: Any) -> dict[str, Any]:
    """The answer of an operation, by the name of the client's method. Raises Transient or Permanent."""
    try:
        answer: dict[str, Any] = getattr(client(), operation)(**parameters)
    except ClientError as error:
        raise _of_client_error(operation, error) from error
    except BotoCoreError as error:
        raise Transient(f"{operation}: {error}") from error
    return answer


def reason_of(error: BaseException | None) -> str | None:
    """The service's reason for a Transient or Permanent of `call`; where it names none, the error's name."""
    cause = error.__cause__ if error else None
    if not isinstance(cause, ClientError):
        return None
    response: dict[str, Any] = dict(cause.response)
    reason: str = response.get("Reason") or response["Error"].get("Code", "")
    return reason


def _of_client_error(operation: str, error: ClientError) -> Transient | Permanent:
    code = error.response["Error"].get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    is_passing = code in _PASSING or status == 429 or status >= 500
    return Transient(f"{operation}: {error}") if is_passing else Permanent(f"{operation}: {error}")

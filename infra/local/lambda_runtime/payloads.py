"""Lambda's limit on what an invocation takes and answers, and what API Gateway then tells its caller.

Gateway's own limit of 10 MB never comes first: every request and answer passes through Lambda.
"""

from __future__ import annotations

import json
import logging

from infra.local.lambda_runtime.worker import Result, failure

logger = logging.getLogger(__name__)

# Bytes of an event, and of an answer, of a synchronous invocation.
LIMIT = 6_291_556


def refuse(key: str, event: bytes) -> Result | None:
    """What an event over the limit gets: 413 if it is an HTTP request, an error otherwise. None if it is not over."""
    if len(event) <= LIMIT:
        return None
    logger.error("%s is not called: the event has %s bytes, and Lambda takes %s", key, len(event), LIMIT)
    if b'"requestContext"' not in event:
        return failure("RequestEntityTooLargeException", f"{len(event)} byte payload is too large for Lambda")
    return Result(
        body=json.dumps({"statusCode": 413, "body": '{"message":"Request Entity Too Large"}'}).encode()
    )


def checked(key: str, result: Result) -> Result:
    """The result, or Lambda's error for one over the limit, which API Gateway turns into a server error."""
    if len(result.body) <= LIMIT:
        return result
    logger.error("%s answered %s bytes, and Lambda sends %s", key, len(result.body), LIMIT)
    return failure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({LIMIT} bytes).",
    )

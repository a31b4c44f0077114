"""The answer that CloudFormation waits for. Without one, the deploy hangs until its time-out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import urllib3

from ddp.observability import logger

# Constant: if the id changed, CloudFormation would delete the "old" schema.
PHYSICAL_RESOURCE_ID: Final = "database-schema"
# In characters. CloudFormation limits the whole answer to 4,096 bytes.
REASON_LIMIT: Final = 1500

http = urllib3.PoolManager(retries=urllib3.Retry(total=5, backoff_factor=0.5, allowed_methods=["PUT"]))


def answer(event: Mapping[str, Any], status: str, reason: str) -> None:
    """Send the result (`status` SUCCESS or FAILED) to CloudFormation."""
    body = {
        "Status": status,
        "Reason": reason[:REASON_LIMIT],
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_RESOURCE_ID),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The URL is presigned without a content type; sending one would invalidate the signature.
    response = http.request(
        "PUT", event["ResponseURL"], body=json.dumps(body).encode(), headers={"content-type": ""}
    )
    logger.info("answered CloudFormation", status=status, reason=body["Reason"], http_status=response.status)


@contextmanager
def answered_in_time(event: Mapping[str, Any], seconds: float) -> Iterator[None]:
    """After `seconds`, answer that the migration failed, before Lambda ends the function.

    Statements that the server is running then finish or roll back.
    """
    reason = (
        "The migration did not finish in time. Look for `ddp migrate` in pg_stat_activity, then deploy again."
    )
    timer = threading.Timer(max(seconds, 0), answer, (event, "FAILED", reason))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""Tell CloudFormation at once that the function of a custom resource crashed.

AWS waits for the resource's service timeout, because a crashed function cannot answer; a person at a laptop
should not have to, and wants the reason.
"""

from __future__ import annotations

import json

import urllib3

from infra.local.lambda_runtime.worker import Invocation, Result


def report_crash(invocation: Invocation, result: Result) -> None:
    """If the event came from CloudFormation and the function failed, answer FAILED in its stead."""
    if not result.is_error or b"ResponseURL" not in invocation.event:
        return
    event, error = json.loads(invocation.event), json.loads(result.body)
    answer = {
        "Status": "FAILED",
        "Reason": f"{error.get('errorType')}: {error.get('errorMessage')}",
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    urllib3.request("PUT", event["ResponseURL"], body=json.dumps(answer).encode(), timeout=5, retries=False)

"""Report the crash of a custom resource's function to CloudFormation, with the reason.

A crashed function cannot answer, so AWS waits until the resource's service timeout. Locally, nobody has to wait.
"""

from __future__ import annotations

import json

import urllib3

from infra.local.lambda_runtime.worker import Invocation, Result


def report_crash(invocation: Invocation, result: Result) -> None:
    """Answer FAILED for the function, if it failed and the event came from CloudFormation."""
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

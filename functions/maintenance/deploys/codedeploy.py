"""CodeDeploy's hooks: which deployment asks, before or after the traffic, and the answer that it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3

BEFORE: Final = "BeforeAllowTraffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a deployment moves: a function, the version that gets the traffic, and whether it has any yet."""

    function: str
    version: str
    is_before: bool


@cache
def client() -> Any:
    """Asks CodeDeploy, and answers it."""
    return boto3.client("codedeploy")


def target_of(event: Mapping[str, Any]) -> Target:
    """What the event's deployment moves: the event itself names nothing but the deployment."""
    deployment = event["DeploymentId"]
    (target_id,) = client().list_deployment_targets(deploymentId=deployment)["targetIds"]
    asked = client().get_deployment_target(deploymentId=deployment, targetId=target_id)
    found = asked["deploymentTarget"]["lambdaTarget"]
    info = found["lambdaFunctionInfo"]
    under_way = {
        each["lifecycleEventName"] for each in found["lifecycleEvents"] if each["status"] == "InProgress"
    }
    return Target(
        function=info["functionName"], version=str(info["targetVersion"]), is_before=BEFORE in under_way
    )


def answer(event: Mapping[str, Any], *, succeeded: bool) -> None:
    """Let the deploy go on, or go back."""
    client().put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if succeeded else "Failed",
    )

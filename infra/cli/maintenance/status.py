"""`ddp status`: what GET /health says, for any stage."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.api_client import Answer, ApiError, Client
from infra.cli.caller import DONE, FAILED, console, errors, guarded
from infra.cli.database.deployed import region_of
from infra.settings import Stage

_EPILOG: Final = "The exit status is 1 unless everything is as it should be."


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp status`."""
    parser.epilog = _EPILOG
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stage", type=Stage, choices=list(Stage), default=Stage.LOCAL, help="default: local")
    where.add_argument("--api-url", metavar="URL", help="the API to ask, instead of a stage's")
    parser.set_defaults(run=lambda arguments: guarded("status", _run, arguments))


def _run(arguments: argparse.Namespace) -> int:
    return tell(
        Client(api_url=(arguments.api_url or api_url_of(arguments.stage)).rstrip("/")).call("GET", "/health")
    )


def api_url_of(stage: Stage) -> str:
    """The address of the stage's API. Raises ApiError."""
    return _local_url() if stage is Stage.LOCAL else _deployed_url(stage)


def _local_url() -> str:
    # Imported here because a deployed stage needs nothing of the local runtime.
    from infra.local.identity.access import access
    from infra.local.processes import LocalError
    from infra.local.state import StateDirectory

    try:
        return access(StateDirectory(), "brand")[0]
    except LocalError as error:
        raise ApiError(str(error)) from error


def _deployed_url(stage: Stage) -> str:
    name, region = f"ddp-{stage}-api", region_of(stage)
    try:
        stack = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=name)["Stacks"][
            0
        ]
    except (BotoCoreError, ClientError) as error:
        raise ApiError(f"could not read the stack {name} in Region {region}: {error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if "ApiUrl" not in outputs:
        raise ApiError(
            f"the stack {name} has no output ApiUrl: is it deployed? Or name the API with --api-url."
        )
    return outputs["ApiUrl"]


def tell(answer: Answer) -> int:
    """Print the answer; returns the exit status."""
    reasons = set(answer.body.get("reasons", ()))
    if answer.status != 200 and not reasons:
        errors.print(f"{answer.status}: {answer.problem}", markup=False, soft_wrap=True)
        return FAILED
    console.print(
        "unhealthy: " + ", ".join(answer.body["reasons"]) if reasons else "ok", markup=False, soft_wrap=True
    )
    if release := answer.body.get("version"):
        console.print(f"release {release}", markup=False)
    if version := answer.body.get("schema_version"):
        console.print(f"schema {version}", markup=False)
    _list("last completed run", answer.body.get("heartbeats", ()), reasons)
    _list("worker last seen", answer.body.get("workers", ()), reasons)
    _list("oldest due item", answer.body.get("oldest_due", ()), reasons)
    return FAILED if reasons else DONE


def _list(title: str, ages: Sequence[Mapping[str, Any]], reasons: set[str]) -> None:
    for age in ages:
        mark = "✗" if age["name"] in reasons else "✓"
        seconds = "never" if age["seconds"] is None else f"{age['seconds']:,} s"
        console.print(
            f"  {mark} {title} {age['name']:<24}{seconds:>10}  (at most {age['allowed_seconds']:,} s)",
            markup=False,
        )

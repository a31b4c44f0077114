"""Commands to a deployed stage's database, through its function `migrate`: nothing else reaches a database in a VPC."""

from __future__ import annotations

import json
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.maintenance.commands import Answer
from infra.settings import DEFAULT_REGION, Stage
from infra.state import ROOT

STAGES: Final = [stage for stage in Stage if stage is not Stage.LOCAL]
# The function itself answers within 15 minutes; a repeated call would run the command twice.
_PATIENT: Final = Config(read_timeout=16 * 60, retries={"total_max_attempts": 1})


class StageUnreachable(Exception):
    """The stage's function could not be called; the message says what to do."""


class NotDeployed(StageUnreachable):
    """The stage has no such function: it is not deployed, or in another account."""


def ask(stage: Stage, command: str, **arguments: Any) -> Answer:
    """Let the stage's function run a command with the schema deployed with it. Raises StageUnreachable, NotDeployed."""
    name, region = f"ddp-{stage}-migrate", region_of(stage)
    payload = json.dumps({"command": command, **arguments}).encode()
    try:
        called = boto3.client("lambda", region_name=region, config=_PATIENT).invoke(
            FunctionName=name, Payload=payload
        )
    except (BotoCoreError, ClientError) as error:
        raise (NotDeployed if _is_missing(error) else StageUnreachable)(
            f"could not call the function {name} in Region {region}: {error}. You need credentials of the stage's "
            "account with the right lambda:InvokeFunction on it."
        ) from None
    answer = json.loads(called["Payload"].read())
    if "FunctionError" in called:
        raise StageUnreachable(
            f"{name} failed: {answer.get('errorMessage', answer)}. Its log group has the details."
        )
    return Answer(lines=tuple(answer["lines"]), succeeded=answer["succeeded"])


def _is_missing(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException"


def region_of(stage: Stage) -> str:
    """The Region in cdk.json: the account may have stages in several."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    region: str = context["stages"].get(stage, {}).get("region", DEFAULT_REGION)
    return region

"""CodeDeploy's hook: asks a new version of an HTTP function before it gets calls, and the platform once it has all.

It uses no database. It always answers CodeDeploy, which would otherwise wait for an hour.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import settings
from ddp.observability import logger
from functions.maintenance.deploys import codedeploy, probes

API_URL = settings.required("DDP_SMOKE_URL")


def look(target: codedeploy.Target) -> None:
    """Ask the version, and afterwards the platform. Raises Refused.

    Not the platform before: a deploy must be able to repair it.
    """
    probes.ask_version(target.function, target.version)
    if not target.is_before:
        probes.ask_platform(API_URL)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Look, and let the deploy go on or go back."""
    try:
        look(codedeploy.target_of(event))
    except Exception as error:  # noqa: BLE001 - whatever it was, CodeDeploy waits for an answer
        # An alarm reads this line.
        logger.exception("deploy refused", reason=str(error), deployment=event.get("DeploymentId"))
        codedeploy.answer(event, succeeded=False)
    else:
        codedeploy.answer(event, succeeded=True)

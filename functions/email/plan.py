"""Queue email-plan: puts the recipients of requested e-mails into the ledger."""

from __future__ import annotations

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues, settings
from ddp.channels import EMAIL
from ddp.observability import logger
from ddp.queries import heartbeats
from functions.email.planner import EmailPlanner
from functions.sending.planning import Planning

planning = Planning(
    planner=EmailPlanner(),
    plan_queue_url=settings.required(EMAIL.plan_queue_variable),
    send_queue_url=settings.required(EMAIL.send_queue_variable),
)


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Plan what a batch of messages names; what may succeed later is reported as failed."""
    return queues.process(event, context, partial(planning.process, context=context))

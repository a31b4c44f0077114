"""Scheduled each minute: answers and opt-outs that were left behind, and what the provider's account has.

Its opt-out list once an hour, its identities once a day.
"""

from __future__ import annotations

import time
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues
from ddp.observability import logger
from ddp.queries import heartbeats
from functions.sms.answers.outboxes import empty
from functions.sms.answers.provider_list import pull
from functions.sms.registers.identity_sync import sync_if_due


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Run once per batch: several messages are minutes that were missed, and one run makes up for all of them."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000

    def work(_: SQSRecord) -> None:
        empty(deadline=deadline)
        sync_if_due(deadline=deadline)
        stopped = pull(deadline=deadline)
        heartbeats.beat("sms-opt-outs")
        # The schedule's heartbeat reads this line.
        logger.info("the provider's opt-out list was read", stopped=stopped)

    return queues.process_first(event, context, work)

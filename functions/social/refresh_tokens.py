"""Queue social-tokens, every five minutes: renews the tokens of accounts before they end."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues
from ddp.observability import logger
from ddp.queries import heartbeats
from functions.social import tokens

# Accounts that are claimed at once: each takes a call of some seconds, within their lease.
PORTION = 10
# Milliseconds of the function's time that are kept for the portion under way.
RESERVE = 130_000


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Renew what ends soon, once per batch; harmless when repeated, because each account is claimed."""

    def renew(_: SQSRecord) -> None:
        renewed = 0
        while context.get_remaining_time_in_millis() > RESERVE:
            found = tokens.refresh_due(uuid4(), limit=PORTION)
            renewed += found
            if found < PORTION:
                break
        heartbeats.beat("social-tokens")
        # The schedule's heartbeat reads this line.
        logger.info("renewed", accounts=renewed)

    return queues.process_first(event, context, renew)

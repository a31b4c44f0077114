"""Queue sms-inbound: what people answer. Stores it, does what it asks for, and answers STOP, START and HELP.

Messages come at least once and in any order. One that is not ours is logged and dropped. One that cannot be read, or
that the database refuses, alone fails: SQS delivers it again, and in the end keeps it in the dead-letter queue.
Automatic answers and the provider's opt-out list have outboxes: what fails there, the next run of `opt_outs` does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db
from ddp.observability import logger
from ddp.queries import heartbeats
from ddp.queries.sms import inbound_messages, replies
from ddp.queries.sms.inbound_messages import Inbound
from functions.sending.reports import partial
from functions.sending.reports.partial import Answer
from functions.sms.answers.message import parse
from functions.sms.answers.outboxes import empty
from functions.sms.answers.replies import composed

# Messages in each transaction. The numbers that they are about are locked until its end.
PORTION = 200

MESSAGES = partial.Noun("a message", "messages")


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Take a batch of messages; fails exactly the items that must come again."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    read = partial.read(event["Records"], parse, MESSAGES)
    failed = read.failed_items
    for start in range(0, len(read.received), PORTION):
        failed += partial.applied(read.received[start : start + PORTION], _store, MESSAGES)
    empty(deadline=deadline)
    return partial.answer(failed)


def _store(received: Sequence[tuple[str, Inbound]]) -> None:
    messages = [message for _, message in received]
    with db.transaction(role="service_role") as cursor:
        applied = inbound_messages.apply(cursor, messages)
        if applied.replies:
            replies.add(cursor, composed(applied.replies))
    verdicts = Counter(message.verdict for message in messages)
    logger.info("messages came in", stored=applied.stored, verdicts=verdicts, replies=len(applied.replies))
    if without := sum(message.body is None for message in messages):
        logger.warning("messages came without a text: stored", messages=without)
    if applied.unknown_identities:
        logger.warning(
            "messages came to identities that we do not know: stored; STOP holds for all senders",
            identities=applied.unknown_identities,
        )

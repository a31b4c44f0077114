"""Queue email-send: sends e-mails that are due, and test sends. A message is only a hint that there may be work."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues, settings
from ddp.channels import EMAIL
from ddp.observability import logger
from ddp.providers import email
from ddp.providers.email.base import Message
from ddp.queries import heartbeats
from functions.email import letter, test_sends
from functions.sending.dispatch import Dispatcher
from functions.sending.messages import SendChunk, SendTest, parse

QUEUE_URL = settings.required(EMAIL.send_queue_variable)
# Unsubscribe links begin with it, and no message may go without one.
PUBLIC_URL = settings.required("DDP_PUBLIC_URL")
# By default as many calls at once as a claim of 500 recipients has.
IN_FLIGHT = int(settings.optional("DDP_EMAIL_CALLS_IN_FLIGHT", "10"))


@cache
def dispatcher() -> Dispatcher[Message]:
    """The environment's one dispatcher, made when it is first used."""
    return Dispatcher(
        channel=EMAIL,
        quota_bucket=EMAIL.name,
        queue_url=QUEUE_URL,
        transport=email.configured(),
        composer_of=letter.of_plan,
        in_flight=IN_FLIGHT,
    )


@logger.inject_lambda_context(clear_state=True)
@heartbeats.of_worker
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do what a batch of messages hints at; what may succeed later is reported as failed."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000

    def work(record: SQSRecord) -> None:
        match parse(record.body):
            case SendChunk() as chunk:
                logger.append_keys(send_plan_id=str(chunk.send_plan_id), chunk_no=chunk.chunk_no)
                logger.info("sent", accepted=dispatcher().send_due(chunk, deadline=deadline))
            case SendTest() as test:
                logger.append_keys(test_send_id=str(test.test_send_id))
                test_sends.send(test.test_send_id, dispatcher().transport)
            case _:
                logger.warning("not a message of this queue: dropped", body=record.body)

    return queues.process(event, context, work)

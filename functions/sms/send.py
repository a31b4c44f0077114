"""Queue sms-send: sends SMS that are due, and test sends. A message is only a hint that there may be work."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues, settings
from ddp.channels import SMS
from ddp.observability import logger
from ddp.providers import sms
from ddp.providers.sms.base import Message
from ddp.queries import heartbeats
from functions.sending.dispatch import Dispatcher
from functions.sending.messages import SendChunk, SendTest, parse
from functions.sms.campaigns import test_sends
from functions.sms.texts import content

QUEUE_URL = settings.required(SMS.send_queue_variable)
# Calls of the transport at once. One is a wave of up to 32 messages, so that is also the most that a crash can leave
# unknown.
IN_FLIGHT = 1


@cache
def dispatcher() -> Dispatcher[Message]:
    """The environment's one dispatcher, made when it is first used."""
    return Dispatcher(
        channel=SMS,
        quota_bucket=None,
        queue_url=QUEUE_URL,
        transport=sms.configured(),
        composer_of=content.of_plan,
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

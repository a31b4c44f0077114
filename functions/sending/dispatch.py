"""Recipients are due: claim them, render, call the provider, record. A message is only the hint to look.

A worker goes on with whatever is due, of the sender served least recently, until its time runs short. Where it has to
wait (for tokens, or for a time of day) a delayed message takes the place of the one that woke it.
"""

from __future__ import annotations

import math
import time
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import db, queues, settings
from ddp.observability import logger
from ddp.providers import email
from ddp.providers.transport import Transport
from ddp.queries.sending import chunks as email_chunks
from ddp.queries.sending import sends as email_sends
from functions.email import test_sends as samples
from functions.sending.calls import Sending
from functions.sending.messages import SendChunk, SendTest, parse, serialise

QUEUE = settings.required("DDP_EMAIL_SEND_QUEUE_URL")
BUCKET = settings.required("DDP_EMAIL_BUCKET")
# Links in messages begin with it: without one none may go.
PUBLIC_URL = settings.required("DDP_PUBLIC_URL")
# Provider calls at once.
IN_FLIGHT = int(settings.optional("DDP_EMAIL_CALLS_IN_FLIGHT", "8"))

# Shorter waits for tokens are waited for: a new message and a new invocation would take as long.
PATIENCE_SECONDS = 2.0
LONGEST_DELAY = 900


@cache
def transport() -> Transport:
    """The environment's one transport, made at first use."""
    return email.configured()


def send_due(chunk: SendChunk, *, deadline: float) -> int:
    """Send until nothing is due or the time (of time.monotonic()) runs short; returns how many were accepted."""
    accepted = 0
    while True:
        sending = Sending(transport(), BUCKET, deadline=deadline, in_flight=IN_FLIGHT)
        sending.run()
        accepted += sending.accepted
        with db.transaction(role="service_role") as cursor:
            seconds = email_sends.wait(cursor, BUCKET)
        if seconds is None:
            return accepted
        pause = max(seconds, 0.05)
        if seconds > PATIENCE_SECONDS or not sending.has_time(pause):
            put_off(chunk, seconds)
            return accepted
        time.sleep(pause)


def put_off(chunk: SendChunk, seconds: float) -> None:
    """A new message in place of this one, if the chunk still needs one. Not in its place: never more of them."""
    delay = min(math.ceil(seconds), LONGEST_DELAY)
    with db.transaction(role="service_role") as cursor:
        sender = email_chunks.put_off(
            cursor, chunk.send_plan_id, chunk.chunk_no, delay=timedelta(seconds=delay)
        )
    if sender is not None:
        queues.send(QUEUE, [serialise(chunk)], delay=delay, group=str(sender))
        logger.info("put off", seconds=delay)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Work on what one message hints at."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000

    def work(record: SQSRecord) -> None:
        match parse(record.body):
            case SendChunk() as chunk:
                logger.append_keys(send_plan_id=str(chunk.send_plan_id), chunk_no=chunk.chunk_no)
                logger.info("sent", accepted=send_due(chunk, deadline=deadline))
            case SendTest() as test:
                logger.append_keys(email_test_send_id=str(test.email_test_send_id))
                samples.send(test.email_test_send_id, transport())
            case _:
                logger.warning("none of this queue's messages: dropped", body=record.body)

    return queues.process(event, context, work)

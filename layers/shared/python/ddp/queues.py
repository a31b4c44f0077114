"""SQS: processes a batch of messages so that only failed ones are retried, and sends messages.

A message is only a hint that there is work; the work itself is recorded in the database. Standard queues deliver at
least once and in any order, so processing a message again must change nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from ddp import settings
from ddp.errors import Transient
from ddp.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

Work = Callable[[SQSRecord], object]

# Set for functions that run on a schedule, so that they hold no database connection between two runs.
CLOSE_CONNECTION = settings.optional("DDP_CLOSE_CONNECTION") == "true"

# Seconds until a failed message is retried: 10, 40, 160, 640, then 900 each time. The queue limits concurrency, so no
# jitter is needed. If the function is killed, the queue's visibility time-out applies instead.
FIRST_DELAY = 10
GROWTH = 4
LONGEST_DELAY = 900

# SQS hides a message for at most 12 hours after its receipt, of which the function may have used 15 minutes.
_LONGEST_ASKED_FOR = 12 * 3600 - 900

# Limits of one SQS request: messages, and their total bytes (1 MiB in some places, 256 KiB everywhere).
_ENTRIES = 10
_BYTES = 262_144

_ATTEMPTS = 4

# The attribute of a message with the id of the HTTP request that set its work in motion. Its bytes, at most so many,
# count for the limit.
REQUEST_ID = "request_id"
_ATTRIBUTE_BYTES = 200


@cache
def client() -> SQSClient:
    """The environment's SQS client, made at first use, because most batches need none."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "sqs",
        config=Config(
            connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
        ),
    )


def process(event: dict[str, Any], context: LambdaContext, work: Work) -> PartialItemFailureResponse:
    """Call `work` for each message of an SQS batch; return the handler's answer, a partial batch response.

    `work` takes one record. It returns when the message is done or is not for us, and records Permanent,
    CredentialsExpired and Unknown outcomes itself. If it raises, the error is logged with its traceback and the message
    is retried after `delay`; after the queue's last attempt it moves to the dead-letter queue. Keys that `work` appends
    to the logger apply to its message only. If the message carries the id of an HTTP request, its log lines have it,
    and so do the messages that `work` sends.
    """
    processor = _Processor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    response = process_partial_response(event, _with_keys_of_its_own(work), processor, context)
    _come_again(processor.failures)
    if CLOSE_CONNECTION:
        from ddp import db  # imported only if needed: some workers have no database

        db.close()
    return response


def process_first(event: dict[str, Any], context: LambdaContext, work: Work) -> PartialItemFailureResponse:
    """As `process`, for scheduled messages that all say the same: works on the first, and the rest share its fate."""
    first, rest = event["Records"][:1], event["Records"][1:]
    response = process(event | {"Records": first}, context, work)
    if not response["batchItemFailures"]:
        return response
    failures: Any = [{"itemIdentifier": record["messageId"]} for record in rest]
    return {"batchItemFailures": [*response["batchItemFailures"], *failures]}


def delay(receive_count: int, error: BaseException | None = None) -> int:
    """Seconds until a failed message is retried: a Transient's retry_after, else by `receive_count` (from 1)."""
    if isinstance(error, Transient) and error.retry_after is not None:
        return math.ceil(min(max(error.retry_after, 0), _LONGEST_ASKED_FOR))
    return int(min(FIRST_DELAY * GROWTH ** min(receive_count - 1, 10), LONGEST_DELAY))


def pause(record: SQSRecord, error: BaseException) -> timedelta:
    """How long it takes until the message comes again, if its work ends with this error."""
    return timedelta(seconds=delay(int(record.attributes.approximate_receive_count), error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to send: hidden for `delay` seconds (at most 900).

    `group` is the MessageGroupId: on a standard queue, a busy group does not delay the others. `request_id`: of the
    HTTP request that the message is about, if it is another than the one that is being worked on.
    """

    body: str
    delay: int = 0
    group: str | None = None
    request_id: str | None = None


def send(queue_url: str, bodies: Iterable[str], *, delay: int = 0, group: str | None = None) -> int:
    """Send one message per body, all with this delay and group (see Message). Otherwise as `send_each`."""
    return send_each(queue_url, (Message(body=body, delay=delay, group=group) for body in bodies))


def send_each(queue_url: str, messages: Iterable[Message]) -> int:
    """Send messages. Returns their number.

    Messages that SQS fails to accept are sent again; raises Transient if that keeps failing, ValueError for a message
    that SQS never accepts. Some messages may have been sent by then. Sending all of them again is harmless, because
    messages are hints. They carry the id of the HTTP request that is being worked on, if there is one (see `process`).
    """
    count = 0
    for portion in _requests(messages):
        _send(queue_url, [_entry(message) for message in portion])
        count += len(portion)
    return count


def _entry(message: Message) -> dict[str, Any]:
    entry: dict[str, Any] = {"MessageBody": message.body, "DelaySeconds": message.delay}
    if message.group:
        entry["MessageGroupId"] = message.group
    if request_id := message.request_id or logger.get_correlation_id():
        entry["MessageAttributes"] = {REQUEST_ID: {"DataType": "String", "StringValue": request_id}}
    return entry


class _Processor(BatchProcessor):
    """A batch processor that logs the error of each failed message once, and remembers it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failures: list[tuple[SQSRecord, BaseException | None]] = []

    def failure_handler(self, record: Any, exception: Any) -> Any:
        # At level ERROR, unlike the toolkit's own line: Lambda counts no error when only messages of a batch fail.
        attempt = int(record.attributes.approximate_receive_count)
        logger.error("the message failed", attempt=attempt, exc_info=exception)
        self.failures.append((record, exception[1]))
        return super().failure_handler(record, exception)


def _with_keys_of_its_own(work: Work) -> Callable[..., object]:
    """Give each message its own logger keys.

    They are removed before the next message, not after `work`, because a failure is logged after `work`.
    """
    common = set(logger.get_current_keys()) - {"correlation_id"}

    def worked(record: SQSRecord) -> object:
        logger.remove_keys(set(logger.get_current_keys()) - common)
        logger.append_keys(message_id=record.message_id)
        if request_id := _request_id(record):
            logger.set_correlation_id(request_id)
        return work(record)

    return worked


def _request_id(record: SQSRecord) -> str | None:
    """The id of the HTTP request that the message's work began with; None: a schedule or an event began it."""
    attribute = record.message_attributes[REQUEST_ID]
    return attribute.string_value if attribute else None


def _come_again(failures: Sequence[tuple[SQSRecord, BaseException | None]]) -> None:
    """Schedule the retries. Called last, so that no message returns while its batch is still being processed.

    If this fails, the messages return after the queue's visibility time-out.
    """
    for start in range(0, len(failures), _ENTRIES):
        part = failures[start : start + _ENTRIES]
        delays = [delay(int(record.attributes.approximate_receive_count), error) for record, error in part]
        entries: Any = [
            {"Id": str(n), "ReceiptHandle": record.receipt_handle, "VisibilityTimeout": seconds}
            for n, ((record, _), seconds) in enumerate(zip(part, delays, strict=True))
        ]
        try:
            answer = client().change_message_visibility_batch(QueueUrl=part[0][0].queue_url, Entries=entries)
        except (BotoCoreError, ClientError):
            logger.exception("failed messages will be retried only after the queue's visibility time-out")
            continue
        logger.info("failed messages will be retried", seconds=delays, refused=answer.get("Failed", []))


def _requests(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Split the messages into portions that fit into one SQS request."""
    portion: list[Message] = []
    size = 0
    for message in messages:
        length = len(message.body.encode()) + _ATTRIBUTE_BYTES
        if portion and (len(portion) == _ENTRIES or size + length > _BYTES):
            yield portion
            portion, size = [], 0
        portion.append(message)
        size += length
    if portion:
        yield portion


def _send(queue_url: str, messages: list[dict[str, Any]]) -> None:
    """Send the messages of one request; send those that SQS reports as failed again, with growing pauses."""
    waiting = {str(n): message for n, message in enumerate(messages)}
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt * 0.2)
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": n, **message}  # type: ignore[typeddict-item]  # the caller's fields
            for n, message in waiting.items()
        ]
        failed = client().send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        if faults := [entry for entry in failed if entry["SenderFault"]]:
            raise ValueError(
                f"SQS cannot accept this message: {faults[0]['Code']}, {faults[0].get('Message')}"
            )
        waiting = {entry["Id"]: waiting[entry["Id"]] for entry in failed}
        if not waiting:
            return
    raise Transient(f"SQS did not accept {len(waiting)} of {len(messages)} messages")

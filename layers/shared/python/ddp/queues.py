"""SQS: working a batch of messages off so that only what failed comes again, and soon; and sending messages.

A message is a hint that there is work; what there is to do stands in the database. Standard queues deliver at
least once and in any order, so work that is done already must be no work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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

# Functions that a schedule starts set this: between two runs their environments then hold no database connection.
CLOSE_CONNECTION = settings.optional("DDP_CLOSE_CONNECTION") == "true"

# Seconds until a failed message comes again: 10, 40, 160, 640, then 900 each. Without jitter: how many are worked
# on at once is capped at the queue. A function that is killed asks for nothing: then the queue's own time-out counts.
FIRST_DELAY = 10
GROWTH = 4
LONGEST_DELAY = 900

# SQS hides a message for at most 12 hours from its receipt, and a function may have taken 15 minutes of them.
_LONGEST_ASKED_FOR = 12 * 3600 - 900

# What SQS takes in one request: messages, and bytes of all of them (1 MiB by now; 256 KiB everywhere).
_ENTRIES = 10
_BYTES = 262_144

_ATTEMPTS = 4


@cache
def client() -> SQSClient:
    """The environment's one client, made at first use: most batches need none."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "sqs",
        config=Config(
            connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
        ),
    )


def process(event: dict[str, Any], context: LambdaContext, work: Work) -> PartialItemFailureResponse:
    """Do `work` for each message of an SQS batch; the handler's whole answer: a partial batch response.

    `work` takes one record. It returns when the message is done (or is none of ours: log and return), and settles
    by itself what is Permanent, CredentialsExpired or Unknown. Whatever it raises is logged with its traceback,
    and the message comes again: after `retry_after` of a Transient, else by how often it was received (`delay`).
    After the queue's last attempt it waits in the dead-letter queue. What `work` appends to the logger's keys is
    of its message only.
    """
    processor = _Processor(
        event_type=EventType.SQS,
        raise_on_entire_batch_failure=False,
        logger=logger,
    )
    response = process_partial_response(event, _with_keys_of_its_own(work), processor, context)
    _come_again(processor.failures)
    if CLOSE_CONNECTION:
        from ddp import db  # here, because some workers have no database

        db.close()
    return response


def delay(receive_count: int, error: BaseException | None = None) -> int:
    """Seconds until a message that failed comes again; `receive_count` from 1."""
    if isinstance(error, Transient) and error.retry_after is not None:
        return math.ceil(min(max(error.retry_after, 0), _LONGEST_ASKED_FOR))
    return int(min(FIRST_DELAY * GROWTH ** min(receive_count - 1, 10), LONGEST_DELAY))


def send(queue_url: str, bodies: Iterable[str], *, delay: int = 0, group: str | None = None) -> int:
    """Send one message a body, hidden for `delay` seconds (at most 900); returns how many there were.

    `group` names whose work it is (MessageGroupId): on a standard queue a busy group does not make the others
    wait. What SQS refuses for a reason of its own is sent again; raises Transient where it goes on refusing, and
    ValueError for what it never takes. Some messages may have been sent then: sending all again is harmless, as
    messages are hints.
    """
    common: dict[str, Any] = {"DelaySeconds": delay} | ({"MessageGroupId": group} if group else {})
    count = 0
    for bodies_of_one_request in _requests(bodies):
        _send(queue_url, [{"MessageBody": body, **common} for body in bodies_of_one_request])
        count += len(bodies_of_one_request)
    return count


class _Processor(BatchProcessor):
    """Remembers with each failed message the error it failed with."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failures: list[tuple[SQSRecord, BaseException | None]] = []

    def failure_handler(self, record: Any, exception: Any) -> Any:
        self.failures.append((record, exception[1]))
        return super().failure_handler(record, exception)


def _with_keys_of_its_own(work: Work) -> Callable[..., object]:
    """The failure's log line comes after `work`, and so keys are removed before the next message, not after."""
    common = set(logger.get_current_keys())

    def worked(record: SQSRecord) -> object:
        logger.remove_keys(set(logger.get_current_keys()) - common)
        logger.append_keys(message_id=record.message_id)
        return work(record)

    return worked


def _come_again(failures: Sequence[tuple[SQSRecord, BaseException | None]]) -> None:
    """Last of all, so that no message is back while its own batch is still worked on.

    Where this fails they come after the queue's visibility time-out, as they would without it.
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
            logger.exception("the failed messages come again only after the queue's time-out")
            continue
        logger.info("failed messages come again", seconds=delays, refused=answer.get("Failed", []))


def _requests(bodies: Iterable[str]) -> Iterator[list[str]]:
    """The bodies in portions that SQS takes in one request."""
    portion: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if portion and (len(portion) == _ENTRIES or size + length > _BYTES):
            yield portion
            portion, size = [], 0
        portion.append(body)
        size += length
    if portion:
        yield portion


def _send(queue_url: str, messages: list[dict[str, Any]]) -> None:
    """One request's messages; those that SQS names as failed again, with growing pauses."""
    waiting = {str(n): message for n, message in enumerate(messages)}
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt * 0.2)
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": n, **message}  # type: ignore[typeddict-item]  # members of the caller's
            for n, message in waiting.items()
        ]
        failed = client().send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        if faults := [entry for entry in failed if entry["SenderFault"]]:
            raise ValueError(f"SQS never takes this message: {faults[0]['Code']}, {faults[0].get('Message')}")
        waiting = {entry["Id"]: waiting[entry["Id"]] for entry in failed}
        if not waiting:
            return
    raise Transient(f"SQS did not take {len(waiting)} of {len(messages)} messages")

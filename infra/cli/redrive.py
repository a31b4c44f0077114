"""`ddp redrive`: send the messages of a dead-letter queue back to its queue.

SQS's own redrive moves only messages that failed in a queue. What a rule, a topic or a schedule could not deliver
is in the same dead-letter queues, and this command moves it too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.database.deployed import region_of
from infra.cli.typed import typed
from infra.settings import Stage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

DONE, FAILED = 0, 1
# Seconds for which a received message is hidden from others who empty the dead-letter queue at the same time.
HIDDEN: Final = 300
# Seconds that a request waits for a message: only one that waits looks on all of SQS's servers.
WAIT: Final = 1
# Bytes that one request takes in every Region.
BYTES: Final = 262_144

# What a message that could not be delivered has as attributes, by who tried. SNS writes RequestID into its own.
ORIGINS: Final = {
    "RULE_ARN": "not delivered by an EventBridge rule",
    "SCHEDULE_ARN": "not delivered by a schedule",
    "RequestID": "not delivered by an SNS topic",
}
FAILED_IN_QUEUE: Final = "failed in the queue"
UNKNOWN: Final = "of unknown origin"


class CannotRedrive(Exception):
    """Nothing can be moved; the message says why."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp redrive`."""
    parser.add_argument("name", help="the queue's name without `ddp-STAGE-`, such as email-send")
    parser.add_argument("--stage", type=Stage, choices=list(Stage), required=True)
    parser.add_argument("--dry-run", action="store_true", help="only count the messages")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return redrive(arguments.name, arguments.stage, is_dry=arguments.dry_run)
    except CannotRedrive as error:
        print(f"ddp redrive: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"ddp redrive: {error}. What was not moved is still in the dead-letter queue.", file=sys.stderr)
    return FAILED


def redrive(name: str, stage: Stage, *, is_dry: bool) -> int:
    """Move the messages, or only count them; prints the numbers and returns the exit status."""
    sqs = sqs_of(stage)
    queue, dead = (queue_url(sqs, f"ddp-{stage}-{name}{kind}") for kind in ("", "-dlq"))
    counts: Counter[str] = Counter()
    kept: list[MessageTypeDef] = []
    try:
        for messages in _received(sqs, dead):
            moved = [] if is_dry else _move(sqs, messages, queue, dead)
            counts.update(origin(message) for message in (messages if is_dry else moved))
            kept += [message for message in messages if message not in moved]
    finally:
        _show_again(sqs, dead, kept)
    for kind, number in counts.items():
        print(f"{number:>9,} {kind}")
    print(f"{counts.total():>9,} messages {'can be' if is_dry else 'were'} moved to ddp-{stage}-{name}.")
    if is_dry or not kept:
        return DONE
    print(
        f"{len(kept):>9,} messages stay in ddp-{stage}-{name}-dlq. Those that the queue did not accept: run the command"
        " again. Truncated ones come from a schedule, which sends new ones."
    )
    return FAILED


def origin(message: MessageTypeDef) -> str:
    """Why the message is in the dead-letter queue."""
    if "DeadLetterQueueSourceArn" in message.get("Attributes", {}):
        return FAILED_IN_QUEUE
    attributes = message.get("MessageAttributes", {})
    return next((kind for name, kind in ORIGINS.items() if name in attributes), UNKNOWN)


def body(message: MessageTypeDef) -> str | None:
    """The body as its queue would have got it; None if the scheduler kept only the beginning.

    A rule and a topic with raw delivery keep it as it is; the scheduler may wrap it in the request that it made.
    """
    attributes = message.get("MessageAttributes", {})
    truncated = attributes.get("IS_PAYLOAD_TRUNCATED")
    if truncated and truncated.get("StringValue") == "true":
        return None
    text = message["Body"]
    if "SCHEDULE_ARN" not in attributes:
        return text
    try:
        request = json.loads(text)
    except ValueError:
        return text
    wrapped = request.get("MessageBody") if isinstance(request, dict) else None
    return wrapped if isinstance(wrapped, str) else text


def sqs_of(stage: Stage) -> SQSClient:
    """A client of the stage's queues. Raises CannotRedrive if the local stack has not been started."""
    if stage is not Stage.LOCAL:
        return boto3.client("sqs", region_name=region_of(stage))
    # Imported here because a deployed stage needs nothing of the local runtime.
    from infra.local.aws.emulator import CREDENTIALS, REGION
    from infra.local.state import StateDirectory

    state = StateDirectory().read()
    if state is None:
        raise CannotRedrive(f"the local stack has not been started. To start it: {typed('local', 'up')}")
    names = {name.lower(): value for name, value in CREDENTIALS.items()}
    return boto3.client("sqs", endpoint_url=state.urls["AWS endpoint"], region_name=REGION, **names)  # type: ignore[call-overload,no-any-return]


def queue_url(sqs: SQSClient, name: str) -> str:
    """The address of a queue. Raises CannotRedrive if there is none of this name."""
    try:
        return sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise CannotRedrive(
            f"there is no queue {name}; a queue has the name of its function, but those of engagement are social-event"
            " and social-poll."
        ) from None


def _received(sqs: SQSClient, dead: str) -> Iterator[Sequence[MessageTypeDef]]:
    """Portions of the dead-letter queue, until it is empty. Each message comes once."""
    seen: set[str] = set()
    while messages := sqs.receive_message(
        QueueUrl=dead,
        MaxNumberOfMessages=10,
        VisibilityTimeout=HIDDEN,
        WaitTimeSeconds=WAIT,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages", []):
        new = [message for message in messages if message["MessageId"] not in seen]
        if not new:  # those that were hidden first are visible again
            return
        seen.update(message["MessageId"] for message in new)
        yield new


def _move(
    sqs: SQSClient, messages: Sequence[MessageTypeDef], queue: str, dead: str
) -> Sequence[MessageTypeDef]:
    """Send the messages, then delete those that the queue accepted; returns them.

    In this order, a crash between the two repeats messages, which is harmless. The other order would lose them.
    """
    sent: list[MessageTypeDef] = []
    for portion in _portions([message for message in messages if body(message) is not None]):
        entries = [_entry(n, message) for n, message in enumerate(portion)]
        accepted = sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Successful", [])
        sent += [portion[int(entry["Id"])] for entry in accepted]
    _delete(sqs, dead, sent)
    return sent


def _portions(messages: Sequence[MessageTypeDef]) -> Iterator[Sequence[MessageTypeDef]]:
    """All at once if they fit into one request, else one by one."""
    if sum(len(message["Body"].encode()) for message in messages) <= BYTES:
        return iter([messages] if messages else [])
    return ([message] for message in messages)


def _entry(number: int, message: MessageTypeDef) -> SendMessageBatchRequestEntryTypeDef:
    """The message in the group that it had: groups keep a busy sender from delaying others."""
    entry: SendMessageBatchRequestEntryTypeDef = {"Id": str(number), "MessageBody": body(message) or ""}
    if group := message.get("Attributes", {}).get("MessageGroupId"):
        entry["MessageGroupId"] = group
    return entry


def _delete(sqs: SQSClient, dead: str, messages: Sequence[MessageTypeDef]) -> None:
    """A message that cannot be deleted is moved again by the next run, which is harmless."""
    if messages:
        entries: Any = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=dead, Entries=entries)


def _show_again(sqs: SQSClient, dead: str, messages: Sequence[MessageTypeDef]) -> None:
    for start in range(0, len(messages), 10):
        part = messages[start : start + 10]
        entries: Any = [
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            for n, message in enumerate(part)
        ]
        sqs.change_message_visibility_batch(QueueUrl=dead, Entries=entries)

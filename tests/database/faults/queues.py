"""Standard queues with only the guarantees of SQS: at least once, in any order, after any delay."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.database.faults.chaos import Chaos, Killed

# After this many receives a message is in the dead-letter queue, and the work must proceed without it.
RECEIVED_AT_MOST = 10


@dataclass(slots=True)
class Waiting:
    """A message in a queue."""

    body: str
    received: int = 0


class Queues:
    """All queues, and the client that `ddp.queues` asks for."""

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.waiting: dict[str, list[Waiting]] = defaultdict(list)
        self.dead: list[str] = []
        self.ids = count(1)

    # What ddp.queues calls.

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.chaos.point("before messages are sent")
        failed = []
        for entry in Entries:
            if self.chaos.happens("a message was refused"):
                failed.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
                continue
            self.put(QueueUrl, entry["MessageBody"])
        self.chaos.point("after messages are sent")
        return {"Failed": failed}

    def change_message_visibility_batch(self, **_: Any) -> dict[str, Any]:
        return {}

    # What the test's world calls.

    def put(self, url: str, body: str) -> None:
        """Add a message, sometimes twice."""
        for _ in range(2 if self.chaos.happens("a message came twice") else 1):
            self.waiting[url].append(Waiting(body))

    def lose(self, *urls: str) -> None:
        """Lose all messages of these queues."""
        for url in urls:
            self.waiting[url].clear()

    def is_empty(self) -> bool:
        return not any(self.waiting.values())

    def deliver(
        self, url: str, handler: Callable[[dict[str, Any]], dict[str, Any]], *, size: int = 1
    ) -> list[str]:
        """Give some waiting messages, chosen at random, to the handler. Those that fail are delivered again.

        Returns the bodies of those.
        """
        waiting = self.waiting[url]
        self.chaos.random.shuffle(waiting)
        batch, self.waiting[url] = waiting[:size], waiting[size:]
        ids = {f"m{next(self.ids)}": message for message in batch}
        for message in batch:
            message.received += 1
        try:
            answer = handler({"Records": [record(url, i, message) for i, message in ids.items()]})
            failed = [ids[failure["itemIdentifier"]] for failure in answer["batchItemFailures"]]
        except (Killed, Exception):  # Lambda gets no answer: the whole batch is delivered again
            self._again(url, batch)
            raise
        self._again(url, failed)
        return [message.body for message in failed]

    def _again(self, url: str, messages: list[Waiting]) -> None:
        for message in messages:
            if message.received < RECEIVED_AT_MOST:
                self.waiting[url].append(message)
            else:
                self.dead.append(message.body)


def record(url: str, message_id: str, message: Waiting) -> dict[str, Any]:
    """A record of an SQS event."""
    name = url.rsplit("/", 1)[-1]
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.received),
            "SentTimestamp": "1700000000000",
            "SenderId": "x",
            "ApproximateFirstReceiveTimestamp": "1700000000000",
        },
        "messageAttributes": {},
        "md5OfBody": "x",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{name}",
        "awsRegion": "eu-central-1",
    }


def types(bodies: list[str]) -> list[str]:
    """The types of the waiting messages, for a failed assertion to show."""
    return [json.loads(body).get("type", "event") for body in bodies]

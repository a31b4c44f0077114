"""A queue (by default that of S3's events) and its function, observed and disturbed from outside."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil
import urllib3

from infra.local.aws.emulator import Emulator
from infra.local.chaos.victims import environments
from infra.local.processes import wait_until

if TYPE_CHECKING:
    from .conftest import RunningStack

FUNCTION = "ddp-local-uploads-object-created"
HANDLER = "functions.uploads.object_created.handler"


def emulator_of(stack: RunningStack) -> Emulator:
    """The stack's emulator, for clients of its AWS services."""
    port = urllib3.util.parse_url(stack.urls["AWS endpoint"]).port
    assert port is not None
    directory = stack.directory
    return Emulator(directory=directory.emulator, log=directory.log("emulator"), port=port)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWorker:
    """A queue, its dead-letter queue, and the function of the same name with its processes."""

    stack: RunningStack
    sqs: Any
    functions: Any
    queue_url: str
    dead_letter_url: str
    function: str = FUNCTION
    handler: str = HANDLER

    @classmethod
    def of(cls, stack: RunningStack, function: str = FUNCTION, handler: str = HANDLER) -> QueueWorker:
        """Find them in a running stack."""
        emulator = emulator_of(stack)
        sqs = emulator.client("sqs")
        return cls(
            stack=stack,
            sqs=sqs,
            functions=emulator.client("lambda"),
            queue_url=sqs.get_queue_url(QueueName=function)["QueueUrl"],
            dead_letter_url=sqs.get_queue_url(QueueName=f"{function}-dlq")["QueueUrl"],
            function=function,
            handler=handler,
        )

    def post(self, *bodies: str) -> None:
        """Send up to ten messages to the queue in one request."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = self.sqs.send_message_batch(QueueUrl=self.queue_url, Entries=entries)
        assert not answer.get("Failed")

    def waiting_bodies(self) -> list[str]:
        """The bodies of the messages in a paused queue; they stay in it."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [message["Body"] for message in answer.get("Messages", ())]

    def wait_until_empty(self, seconds: float = 20) -> None:
        """Wait until the queue has no message, waiting or in flight."""
        wait_until(lambda: self.messages() == 0, what="the end of the queue", seconds=seconds)

    def messages(self) -> int:
        """The number of messages, waiting or in flight."""
        return _count(self.sqs, self.queue_url)

    def dead_letters(self) -> int:
        """The number of messages in the dead-letter queue."""
        return _count(self.sqs, self.dead_letter_url)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the queue: the function gets no messages."""
        self._enable(on=False)
        try:
            yield
        finally:
            self._enable(on=True)

    def _enable(self, *, on: bool) -> None:
        for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":{self.function}"):
                self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)

    @contextlib.contextmanager
    def messages_come_again_after(self, seconds: int) -> Iterator[None]:
        """Set a shorter visibility timeout; the deployed one is half an hour."""
        name = "VisibilityTimeout"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=[name])
        self.sqs.set_queue_attributes(QueueUrl=self.queue_url, Attributes={name: str(seconds)})
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=self.queue_url, Attributes=answer["Attributes"])

    def processes(self) -> list[psutil.Process]:
        """The function's execution environments."""
        return [each.process for each in environments(self.stack.directory, self.handler)]

    def kill(self, process: psutil.Process) -> None:
        """Kill a process and wait until the runner has noticed."""
        notices = self._notices()
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: self._notices() > notices, what="the runner's notice", seconds=5)

    def _notices(self) -> int:
        return self.stack.directory.log("runner").read_text().count("Runtime exited with error: signal 9")

    def log_size(self) -> int:
        """The current size of the function's log."""
        file = self.stack.directory.function_logs / f"{self.function}.log"
        return file.stat().st_size if file.exists() else 0

    def log_since(self, position: int) -> list[dict[str, Any]]:
        """Log entries after this position; a line that is not JSON (a traceback) becomes an ERROR."""
        file = self.stack.directory.function_logs / f"{self.function}.log"
        lines = file.read_bytes()[position:].decode().splitlines()
        return [json.loads(line) if line.startswith("{") else _raw(line) for line in lines if line.strip()]


def _count(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


def _raw(line: str) -> dict[str, Any]:
    return {"level": "ERROR", "message": line}

"""Publishes events when they are due, to the topics of the message's configuration set."""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulators.mailbox.events import Event

logger = logging.getLogger("mailbox")

# SNS takes this many messages per request.
BATCH = 10
ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A topic, and the types of events that it gets (`RENDERING_FAILURE`)."""

    topic: str
    kinds: frozenset[str]

    def wants(self, event: Event) -> bool:
        """Whether the topic gets this event."""
        return event.kind.replace("DeliveryDelay", "Delivery_Delay").replace(" ", "_").upper() in self.kinds


class ConfigurationSets:
    """The configuration sets that are deployed to the emulator, cached for `kept_seconds`."""

    def __init__(self, client: Any, *, kept_seconds: float = 10.0) -> None:
        self._client, self._kept_seconds = client, kept_seconds
        self._known: dict[str, tuple[float, list[Destination]]] = {}

    def destinations(self, name: str) -> list[Destination] | None:
        """The destinations of a configuration set; None if there is no such set."""
        at, known = self._known.get(name, (float("-inf"), []))
        if time.monotonic() - at < self._kept_seconds:
            return known
        try:
            answer = self._client.get_configuration_set_event_destinations(ConfigurationSetName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return None
            raise
        known = [
            Destination(topic=each["SnsDestination"]["TopicArn"], kinds=frozenset(each["MatchingEventTypes"]))
            for each in answer.get("EventDestinations", ())
            if each.get("Enabled") and "SnsDestination" in each
        ]
        self._known[name] = time.monotonic(), known
        return known


class Publisher:
    """Publishes events when they are due. Events that wait when the mailbox ends are lost."""

    def __init__(self, sns: Any, *, now: Callable[[], float] = time.time) -> None:
        self._sns, self._now = sns, now
        self._waiting: list[tuple[float, int, str, str]] = []  # due time, order of arrival, topic, text
        self._order = itertools.count()
        self._changed = threading.Condition()
        self.published = 0

    def add(self, accepted_at: float, events: Sequence[Event], destinations: Sequence[Destination]) -> None:
        """Take the events of a message that was accepted at this time."""
        with self._changed:
            for event in events:
                text = json.dumps(event.body)
                for destination in destinations:
                    if destination.wants(event):
                        entry = (accepted_at + event.after, next(self._order), destination.topic, text)
                        heapq.heappush(self._waiting, entry)
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """The number of events that are not published yet."""
        return len(self._waiting)

    def run_for_ever(self) -> None:
        """Publish events as they become due."""
        while True:
            with self._changed:
                self._changed.wait(self._seconds_until_due())
            self.publish_due()

    def publish_due(self) -> None:
        """Publish all events that are due now."""
        by_topic: dict[str, list[str]] = {}
        with self._changed:
            while self._waiting and self._waiting[0][0] <= self._now():
                _, _, topic, text = heapq.heappop(self._waiting)
                by_topic.setdefault(topic, []).append(text)
        for topic, texts in by_topic.items():
            for start in range(0, len(texts), BATCH):
                self._publish(topic, texts[start : start + BATCH])

    def _seconds_until_due(self) -> float:
        if not self._waiting:
            return 1.0
        return min(1.0, max(0.01, self._waiting[0][0] - self._now()))

    def _publish(self, topic: str, texts: Sequence[str]) -> None:
        entries = [{"Id": str(number), "Message": text} for number, text in enumerate(texts)]
        for attempt in range(ATTEMPTS):
            time.sleep(attempt * 0.5)
            try:
                failed = self._sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries).get(
                    "Failed"
                )
            except (BotoCoreError, ClientError) as error:
                logger.warning("Could not publish events to SNS: %s", error)
                continue
            if not failed:
                self.published += len(entries)
                return
            entries = [entry for entry in entries if entry["Id"] in {each["Id"] for each in failed}]
        logger.error("%d events are lost", len(entries))

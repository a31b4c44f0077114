"""Publishes what a simulator reports when it is due, to SNS."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulators.event_store import EventStore, WaitingEvent

logger = logging.getLogger("simulator")

# SNS takes this many messages per request.
BATCH = 10
# Events that are read from the store at once.
ROUND = 500
# An event that SNS does not take is tried again for ten minutes: a restart of the emulator takes less than one.
RETRY_SECONDS, ATTEMPTS = 1.0, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A topic, and the types of events that it gets (`RENDERING_FAILURE`)."""

    topic: str
    kinds: frozenset[str]

    def wants(self, kind: str) -> bool:
        """Whether the topic gets events of this type."""
        return kind.replace("DeliveryDelay", "Delivery_Delay").replace(" ", "_").upper() in self.kinds


class Destinations(Protocol):
    """Where events are published, by the name that they carry: of a configuration set, for instance."""

    def destinations(self, name: str) -> list[Destination] | None:
        """The destinations of this name; None if they are not known yet."""
        ...

    def forget(self, name: str) -> None:
        """Look them up again at the next call."""
        ...


class Publisher:
    """Publishes the store's events when they are due, at least once each.

    An event leaves the store once SNS has it: so it is counted until then, and published after a restart. Its topic is
    looked up only now, because the emulator's topics have new names after a restart.
    """

    def __init__(
        self, sns: Any, destinations: Destinations, store: EventStore, *, now: Callable[[], float] = time.time
    ) -> None:
        self._sns, self._destinations, self._store, self._now = sns, destinations, store, now
        self._changed = threading.Event()
        self.published = 0

    def wake(self) -> None:
        """Look at the store now, because it has new events."""
        self._changed.set()

    def run_for_ever(self) -> None:
        """Publish events as they become due."""
        while True:
            self._changed.wait(self._seconds_until_due())
            self._changed.clear()
            self.publish_due()

    def publish_due(self) -> None:
        """Publish all events that are due now."""
        while due := self._store.due_events(self._now(), limit=ROUND):
            by_set: dict[str, list[WaitingEvent]] = {}
            for event in due:
                by_set.setdefault(event.configuration_set, []).append(event)
            for name, events in by_set.items():
                for start in range(0, len(events), BATCH):
                    self._publish(name, events[start : start + BATCH])

    def _seconds_until_due(self) -> float:
        due = self._store.next_due()
        return 1.0 if due is None else min(1.0, max(0.01, due - self._now()))

    def _publish(self, name: str, events: Sequence[WaitingEvent]) -> None:
        """Publish a batch of events of one configuration set; those that fail are due again after a while."""
        numbers = {event.number for event in events}
        try:
            failed = self._failed(name, events)
        except (BotoCoreError, ClientError) as error:
            logger.warning("Could not publish events to SNS: %s", error)
            failed = numbers
        self._store.remove_events(numbers - failed)
        self.published += len(numbers - failed)
        if failed:
            self._destinations.forget(name)
            if lost := self._store.postpone_events(failed, self._now() + RETRY_SECONDS, attempts=ATTEMPTS):
                logger.error("%d events are lost", lost)

    def _failed(self, name: str, events: Sequence[WaitingEvent]) -> set[int]:
        """Publish to every topic that wants the events; returns the numbers of those that a topic did not take."""
        destinations = self._destinations.destinations(name)
        if (
            destinations is None
        ):  # the simulator started again, and the emulator's stacks are not deployed yet
            return {event.number for event in events}
        failed: set[int] = set()
        for destination in destinations:
            entries = [
                {"Id": str(event.number), "Message": event.body}
                for event in events
                if destination.wants(event.kind)
            ]
            if entries:
                answer = self._sns.publish_batch(
                    TopicArn=destination.topic, PublishBatchRequestEntries=entries
                )
                failed |= {int(each["Id"]) for each in answer.get("Failed", ())}
        return failed

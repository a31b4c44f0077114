"""Publishes events when they are due, to the topics of the message's configuration set."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulators.mailbox.store import Store, WaitingEvent

logger = logging.getLogger("mailbox")

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


class ConfigurationSets:
    """The configuration sets that are deployed to the emulator, cached for `kept_seconds`.

    A set that was seen once exists until the mailbox ends: while the emulator starts again and its stacks are deployed
    again, messages are accepted as before, and their events wait.
    """

    def __init__(self, client: Any, *, kept_seconds: float = 10.0) -> None:
        self._client, self._kept_seconds = client, kept_seconds
        self._known: dict[str, tuple[float, list[Destination] | None]] = {}

    def destinations(self, name: str) -> list[Destination] | None:
        """The destinations of a configuration set, the last known ones if need be; None if there is no such set."""
        at, known = self._known.get(name, (float("-inf"), None))
        if time.monotonic() - at < self._kept_seconds:
            return known
        try:
            answer = self._client.get_configuration_set_event_destinations(ConfigurationSetName=name)
        except (BotoCoreError, ClientError) as error:
            if known is not None or _is_not_found(error):
                return known
            raise
        known = [
            Destination(topic=each["SnsDestination"]["TopicArn"], kinds=frozenset(each["MatchingEventTypes"]))
            for each in answer.get("EventDestinations", ())
            if each.get("Enabled") and "SnsDestination" in each
        ]
        self._known[name] = time.monotonic(), known
        return known

    def forget(self, name: str) -> None:
        """Ask the emulator again for this configuration set at the next call."""
        self._known[name] = float("-inf"), self._known.get(name, (0.0, None))[1]


def _is_not_found(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "NotFoundException"


class Publisher:
    """Publishes the store's events when they are due, at least once each.

    An event leaves the store once SNS has it: so it is counted until then, and published after a restart. Its topic is
    looked up only now, because the emulator's topics have new names after a restart.
    """

    def __init__(
        self, sns: Any, sets: ConfigurationSets, store: Store, *, now: Callable[[], float] = time.time
    ) -> None:
        self._sns, self._sets, self._store, self._now = sns, sets, store, now
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
            self._sets.forget(name)
            if lost := self._store.postpone_events(failed, self._now() + RETRY_SECONDS, attempts=ATTEMPTS):
                logger.error("%d events are lost", lost)

    def _failed(self, name: str, events: Sequence[WaitingEvent]) -> set[int]:
        """Publish to every topic that wants the events; returns the numbers of those that a topic did not take."""
        destinations = self._sets.destinations(name)
        if destinations is None:  # the mailbox started again, and the emulator's stacks are not deployed yet
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

"""The SNS topics that events and answers are published to."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulators.phone.events import STATUSES
from infra.local.simulators.publisher import Destination

# The name under which answers wait to be published; events have the name of their configuration set.
TWO_WAY = "two-way"
INBOUND = "INBOUND"
_EVENTS = frozenset(f"TEXT_{status}" for status in STATUSES)


class Topics:
    """Finds topics by their names, or a part of them: a deployment may add to a name, and again at each deployment."""

    def __init__(self, sns: Any, *, events: str, inbound: str) -> None:
        self._sns, self._events, self._inbound = sns, events, inbound
        self._known: dict[str, str] = {}

    def destinations(self, name: str) -> list[Destination] | None:
        """The topic of answers (TWO_WAY) or of events (any other name); None while there is no such topic."""
        wanted, kinds = (self._inbound, frozenset([INBOUND])) if name == TWO_WAY else (self._events, _EVENTS)
        if wanted not in self._known and (found := self._find(wanted)):
            self._known[wanted] = found
        topic = self._known.get(wanted)
        return [Destination(topic=topic, kinds=kinds)] if topic else None

    def forget(self, name: str) -> None:  # noqa: ARG002  # the Protocol's
        """Look the topics up again."""
        self._known.clear()

    def inbound_arn(self) -> str:
        """The ARN of the topic of answers, as far as it is known."""
        try:
            found = self.destinations(TWO_WAY)
        except (BotoCoreError, ClientError):
            found = None
        return found[0].topic if found else f"arn:aws:sns:us-east-1:000000000000:{self._inbound}"

    def _find(self, wanted: str) -> str | None:
        pages = self._sns.get_paginator("list_topics").paginate()
        names = {
            topic["TopicArn"].rpartition(":")[2]: topic["TopicArn"]
            for page in pages
            for topic in page.get("Topics", ())
        }
        partly = (arn for name, arn in names.items() if wanted in name)
        return names.get(wanted) or next(partly, None)

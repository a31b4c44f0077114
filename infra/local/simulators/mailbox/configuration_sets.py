"""The configuration sets of SES that are deployed to the emulator: where a message's events go."""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.simulators.publisher import Destination


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

"""Kills processes and lets providers fail, by seed: functions all the time, and one part after the other."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3

from infra.local.chaos.happened import Happened
from infra.local.chaos.platform import Platform
from infra.local.chaos.victims import PARTS, environments, kill_backend, kill_part
from infra.local.processes import LocalError

# Seconds between two kills of a function, of a part, and between two accidents at a provider.
FUNCTION_PAUSE, PART_PAUSE, ACCIDENT_PAUSE = (0.3, 1.5), (2.0, 8.0), (0.5, 2.0)
BACKEND = "a backend of postgres"
# Part of a deployment, which fails without it and is rolled back; that is not the platform at work.
SPARED = "functions.maintenance.migrate.handler"
# A killed simulator begins without faults and with honest events, so these are set again and again.
EVENTS: dict[str, Any] = {"duplicate": 0.3, "disorder_seconds": 4.0, "bounce": 0.01}
TEXT_EVENTS: dict[str, Any] = {"duplicate": 0.3, "disorder_seconds": 4.0}
WEBHOOKS = {"lost": 0.1, "repeated": 0.3, "late_seconds": 4.0}
# What goes wrong with a call. After these, nobody knows by the answer whether the provider took it:
UNCLEAR = ("silence_after", "drop_after", "drop_before", "error_after", "error_before")
KINDS = (*UNCLEAR, "throttle", "slow")
PUBLIC_OPERATIONS = tuple(f"{name}.finalise" for name in ("facebook", "instagram", "twitter", "linkedin"))


class Simulator(Protocol):
    """A provider that can be told to fail."""

    def fail(self, kind: str, **fault: Any) -> None:
        """Add a fault."""
        ...

    def clear_faults(self) -> None:
        """Remove all faults."""
        ...


@dataclass(slots=True, kw_only=True)
class Fire:
    """The threads that disturb until `over`, and kill until `calm_since` (of time.monotonic)."""

    platform: Platform
    seed: str
    happened: Happened
    over: threading.Event
    calm_since: float

    def loops(self) -> list[Callable[[], None]]:
        """What each thread does."""
        return [self._kill_functions, self._kill_parts, self._disturb]

    def out(self) -> None:
        """Let providers be well again. Events stay late and repeated."""
        for simulator in (self.platform.mailbox, self.platform.phones, self.platform.platforms):
            with contextlib.suppress(urllib3.exceptions.HTTPError):  # one that did not start again has none
                simulator.clear_faults()

    def _chance(self, of: str) -> random.Random:
        return random.Random(f"{self.seed}/{of}")  # noqa: S311 (no secret)

    def _kill_functions(self) -> None:
        """Kill an environment at random: each function that runs is as likely as any other, however many it has."""
        chance = self._chance("functions")
        while self._waits_to_kill(chance.uniform(*FUNCTION_PAUSE)):
            running = [each for each in environments(self.platform.directory) if each.handler != SPARED]
            names = sorted({each.function for each in running})
            if names:
                chosen = chance.choice(names)
                victim = chance.choice([each for each in running if each.function == chosen])
                if victim.kill():
                    self.happened.kill(chosen)

    def _kill_parts(self) -> None:
        """Kill each part in an order of the seed, and then in another one. The next when all of them run again.

        The emulator comes last: nobody can ask for anything until its stacks are deployed again.
        """
        chance = self._chance("parts")
        others = [part for part in (*PARTS, BACKEND) if part != "emulator"]
        while True:
            for part in (*chance.sample(others, len(others)), "emulator"):
                if not self._waits_to_kill(chance.uniform(*PART_PAUSE)):
                    return
                self._kill(part, chance)

    def _waits_to_kill(self, seconds: float) -> bool:
        """Wait; return whether there is still something to be killed then."""
        return not self.over.wait(seconds) and time.monotonic() < self.calm_since

    def _kill(self, part: str, chance: random.Random) -> None:
        self.happened.kill(part)
        try:
            if part == BACKEND:
                kill_backend(self.platform.directory, chance)
            else:
                kill_part(self.platform.directory, part)
        except LocalError as error:
            self.happened.fail(str(error))
            self.over.set()

    def _disturb(self) -> None:
        """Let calls to providers fail in every way, and their events come late, twice and in another order."""
        chance = self._chance("providers")
        while not self.over.wait(chance.uniform(*ACCIDENT_PAUSE)):
            provider, kind = chance.choice(("mailbox", "phones", "platforms")), chance.choice(KINDS)
            count, seconds = chance.randint(1, 3), chance.uniform(0.3, 2.0)
            more = {"operation": chance.choice(PUBLIC_OPERATIONS)} if provider == "platforms" else {}
            try:
                self._confuse_events()
                simulator: Simulator = getattr(self.platform, provider)
                simulator.fail(kind, count=count, seconds=seconds, **more)
            except (urllib3.exceptions.HTTPError, ValueError):
                continue  # it was just killed
            self.happened.accident(f"{provider}: {kind}")

    def _confuse_events(self) -> None:
        self.platform.mailbox.change(behaviour=EVENTS)
        self.platform.phones.change(behaviour=TEXT_EVENTS)
        self.platform.platforms.change(webhooks=WEBHOOKS)

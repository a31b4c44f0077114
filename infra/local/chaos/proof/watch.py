"""Looks at the platform while it burns: the numbers of the live table, and the memory of each part."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import urllib3

from infra.local.chaos.load import Load
from infra.local.chaos.platform import Platform
from infra.local.chaos.proof.live import Now, Show
from infra.local.chaos.proof.memory import Memory
from infra.local.chaos.proof.sums import SQL, missing_recipients, times_public

# Seconds between two looks, and between two samples of memory.
PAUSE, MEMORY_PAUSE = 3.0, 5.0


@dataclass(slots=True, kw_only=True)
class Watch:
    """The thread that looks, until `over`."""

    platform: Platform
    load: Load
    show: Show
    memory: Memory
    over: threading.Event

    def loops(self) -> list[Callable[[], None]]:
        """What each thread does."""
        return [self._look, self._weigh]

    def _look(self) -> None:
        while not self.over.wait(PAUSE):
            self.look()

    def _weigh(self) -> None:
        while not self.over.wait(MEMORY_PAUSE):
            self.memory.sample()

    def look(self) -> None:
        """Show the numbers of now; those of before where a part is away."""
        before = self.show.now
        try:
            self.show.now = self._now()
        except (psycopg.OperationalError, urllib3.exceptions.HTTPError, ValueError):
            self.show.now = before
        self.show()

    def _now(self) -> Now:
        asked = list(self.load.sends)  # before the ledger is asked, which is ahead of it then
        with self.platform.database() as connection:
            found = connection.execute(SQL.live).fetchone() or {}
            plans = connection.execute(SQL.plans).fetchall()
        public = times_public(self.platform.platforms)
        messages = (self.platform.mailbox.counts(), self.platform.phones.counts())
        return Now(
            recipients=found["recipients"],
            settled=found["settled"],
            unknown=found["unknown"],
            posts=sum(public.values()),
            twice=sum(each["accepted_twice"] for each in messages)
            + sum(times > 1 for times in public.values()),
            lost=missing_recipients(asked, plans).total(),
        )

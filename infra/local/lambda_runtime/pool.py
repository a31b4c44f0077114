"""A capped pool of execution environments for one function."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from infra.local.lambda_runtime.worker import Invocation, Result, Worker, failure


class Pool:
    """At most `size` workers. Further invocations wait until their deadline."""

    def __init__(self, create: Callable[[], Worker], *, size: int) -> None:
        self._create, self._size = create, size
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()

    def invoke(self, invocation: Invocation) -> Result:
        """Run an invocation on a free worker; if none is free before its deadline, the result is a throttling error."""
        worker = self._take(invocation)
        if worker is None:
            return failure(
                "TooManyRequestsException",
                f"None of the {self._size} execution environments was free in time.",
            )
        try:
            return worker.invoke(invocation)
        finally:
            self._give_back(worker)

    def reap(self, idle_seconds: float) -> None:
        """End the workers that have been idle for this long."""
        oldest = time.monotonic() - idle_seconds
        with self._changed:
            reaped = [worker for worker in self._idle if worker.idle_since <= oldest]
            self._idle = [worker for worker in self._idle if worker.idle_since > oldest]
        for worker in reaped:
            worker.close()

    def retire(self) -> None:
        """End idle workers now and busy ones after their invocation, because their code or settings are old."""
        with self._changed:
            self._closed = True
        self.reap(0)

    def close(self) -> None:
        """End every worker at once."""
        self.retire()
        with self._changed:
            busy = list(self._busy)
        for worker in busy:
            worker.close()

    def _take(self, invocation: Invocation) -> Worker | None:
        with self._changed:
            if not self._changed.wait_for(self._has_room, timeout=invocation.seconds_left):
                return None
            while self._idle:
                worker = self._idle.pop()  # the one used last, so that the others can be reaped
                if worker.is_usable:
                    self._busy.add(worker)
                    return worker
            self._starting += 1
        return self._start()

    def _start(self) -> Worker:
        try:
            worker = self._create()
            with self._changed:
                self._busy.add(worker)
            return worker
        finally:
            with self._changed:
                self._starting -= 1

    def _has_room(self) -> bool:
        return bool(self._idle) or len(self._busy) + self._starting < self._size

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            if worker.is_usable and not self._closed:
                self._idle.append(worker)
            self._changed.notify()
        if self._closed:
            worker.close()

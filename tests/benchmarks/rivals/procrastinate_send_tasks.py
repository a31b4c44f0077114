"""procrastinate's side of `procrastinate_send`, for `.venv-bench`: the task, and a program that queues tasks.

The program reads JSON from its standard input: for each task, the ids of its recipients.
"""

from __future__ import annotations

import json
import os
import sys

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector  # type: ignore[import-not-found]

from tests.benchmarks.rivals import rival_task

app = App(connector=PsycopgConnector(conninfo=os.environ["BENCH_JOBS"]))


@app.task(name="send")  # type: ignore[untyped-decorator]
def send(ids: list[str]) -> None:
    """Send to the recipients that are still pending."""
    rival_task.send(ids)


if __name__ == "__main__":
    queueing = app.with_connector(SyncPsycopgConnector(conninfo=os.environ["BENCH_JOBS"]))
    with queueing.open():
        queueing.tasks["send"].batch_defer(*({"ids": ids} for ids in json.load(sys.stdin)))

"""Celery's side of `celery_send`, for the virtual environment `.venv-bench`: the task, and a program that queues tasks.

The program reads JSON from its standard input: for each task, the ids of its recipients.
"""

from __future__ import annotations

import json
import os
import sys

from celery import Celery  # type: ignore[import-not-found]

from tests.benchmarks.rivals import rival_task

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
# Acknowledged late: a task that is lost with its worker comes again, as a message of SQS does.
app.conf.update(task_acks_late=True, task_ignore_result=True)


@app.task  # type: ignore[untyped-decorator]
def send(ids: list[str]) -> None:
    """Send to the recipients that are still pending."""
    rival_task.send(ids)


if __name__ == "__main__":
    for ids in json.load(sys.stdin):
        app.send_task("tests.benchmarks.rivals.celery_send_tasks.send", [ids])

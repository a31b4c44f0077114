"""One execution environment of `request_budget`: GET /files of one account, at a rate that waits for no answer."""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

EVENT = json.loads((Path(__file__).parents[3] / "events/uploads/list_files.json").read_text(encoding="utf-8"))


def files_of(account: UUID, url: str, *, rate: int, burst: int) -> Callable[[], int]:
    """The deployed function, called with an account's token: each call returns the status. A rate of 0: no budget."""
    os.environ |= {"DATABASE_URL": url, "DDP_BUCKET": "bucket", "DDP_STAGE": "local"}
    os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1", "POWERTOOLS_LOG_LEVEL": "WARNING"}
    from ddp.refusals import budget
    from functions.uploads.http import handler

    claims = {"sub": str(account), "exp": time.time() + 3600}
    event = copy.deepcopy(EVENT)
    event["requestContext"]["authorizer"] = {"lambda": {"claims": json.dumps(claims)}}
    event["queryStringParameters"] = {"limit": "50"}
    context: Any = SimpleNamespace(
        function_name="uploads-http",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:eu-central-1:000000000000:function:uploads-http",
        aws_request_id="0",
    )

    def call() -> int:
        budget.RATE, budget.BURST = float(rate), burst
        return int(handler(event, context)["statusCode"])

    return call


def ask(
    account: UUID, url: str, budget: tuple[int, int], each_second: float, start: float, until: float
) -> tuple[list[float], int]:
    """Ask from `start` to `until` (of time.time()). Returns seconds of each request and the number of 429.

    A request's time begins when it was due: one that had to wait for the one before counts that too.
    """
    call = files_of(account, url, rate=budget[0], burst=budget[1])
    taken, refused, due = [], 0, start
    while due < until:
        time.sleep(max(0.0, due - time.time()))
        refused += call() == 429
        taken.append(time.time() - due)
        due += 1 / each_second
    return taken, refused

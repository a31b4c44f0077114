"""One worker of `email_hostile`: runs one after another, as invocations do, with the real letters."""

from __future__ import annotations

import os
import time


def work(url: str, until: float) -> float:
    """Send whatever is due until `until` (of time.time()). Returns the process's seconds of processor time."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["DATABASE_URL"] = url
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    from ddp import keys
    from ddp.channels import EMAIL
    from functions.email import letter
    from functions.sending.dispatch import Dispatcher, Run
    from tests.transports import NullTransport

    keys.derive = lambda purpose: purpose.encode().ljust(32, b".")  # type: ignore[assignment]
    dispatcher = Dispatcher(
        channel=EMAIL,
        quota_bucket=EMAIL.name,
        queue_url="",
        transport=NullTransport(),
        composer_of=letter.of_plan,
        in_flight=10,
    )
    while time.time() < until:
        Run(dispatcher, deadline=time.monotonic() + 15 + min(20, until - time.time())).send_all()
        time.sleep(0.05)
    return time.process_time()

"""The structured logger that every function uses, and the metrics that some publish.

Every line names the function (`service`) and its version: the alarm on lines of level ERROR watches one version, so
that a deploy is judged by what its own version does (infra/constructs/function_alarms.py). Log at that level, once
each, what a user feels and what somebody should look at.

`correlation_id` is the id that the gateway gave to the HTTP request. Queue messages carry it on (ddp.queues), so that
it finds the lines of everything that the request set in motion.

Metrics have one dimension, the function's name: never a tenant, a campaign or an address. What the database knows is no
metric of these: reconciliation logs it each minute, and metric filters read it (infra/capabilities/gauges.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from ddp import settings

logger = Logger(
    log_uncaught_exceptions=True, version=settings.optional("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
)

# Whether this execution environment has answered no request yet.
_is_cold = True

# Locally nobody reads metrics, and lines without a level would stand in the way of those who read logs.
_PUBLISHES = settings.optional("POWERTOOLS_METRICS_DISABLED") != "true"

# Threads that call providers measure how long that takes.
_adding = threading.Lock()


def log_request(*, status: int, seconds: float, user_id: str | None) -> None:
    """Log the one line about an HTTP request; its route and id are keys of every line that it logs."""
    global _is_cold  # of the execution environment
    logger.info(
        "request answered",
        status=status,
        duration_ms=round(seconds * 1000, 1),
        user_id=user_id,
        cold_start=_is_cold,
    )
    _is_cold = False


def count(**numbers: int) -> None:
    """Add to counts of the function: `count(accepted=48, failed=2)`. Zeros are left out; see `publish`."""
    for name, number in numbers.items():
        if number:
            _add(name, "Count", number)


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Measure how long the block takes, whether it raises or not, as metric `name` in milliseconds; see `publish`."""
    began = time.perf_counter()
    try:
        yield
    finally:
        _add(name, "Milliseconds", (time.perf_counter() - began) * 1000)


def publish() -> None:
    """Write what was counted and measured, as one line in the embedded metric format (EMF), which CloudWatch reads.

    A handler calls it at its end; a hundred values of one metric are written before. A killed worker publishes nothing.
    """
    with _adding:
        if _metrics.cache_info().currsize and _metrics().metric_set:
            _metrics().flush_metrics()


def _add(name: str, unit: str, value: float) -> None:
    if not _PUBLISHES:
        return
    with _adding:
        _metrics().add_metric(name=name, unit=unit, value=value)


@cache
def _metrics() -> EphemeralMetrics:
    """Made at first use: most functions publish none."""
    return EphemeralMetrics(namespace=f"ddp/{settings.optional('DDP_STAGE', 'local')}")

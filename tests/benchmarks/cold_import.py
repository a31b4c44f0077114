"""Cold import of each function in a fresh interpreter, byte-code present.

A few are compared with the unavoidable libraries, in seconds of whole interpreter runs, because start-up is part of a
cold start. Every handler is compared with itself without Metrics, in seconds of the processor, which other work on the
machine disturbs less: the difference is small.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

from infra.state import ROOT
from tests import lambdas  # puts what functions read at import into the environment
from tests.benchmarks.measure import Row, alternate

ROUNDS = int(os.environ.get("DDP_BENCH_IMPORT_ROUNDS", "11"))

FLOOR = "import awslambdaric.bootstrap, psycopg, boto3; from aws_lambda_powertools import Logger; Logger()"

# Module → maximum ratio: 1.5 for workers, 1.8 for HTTP functions.
FUNCTIONS = {
    "functions.auth.authorizer": 1.5,
    "functions.uploads.http": 1.8,
    "functions.uploads.object_created": 1.5,
    "functions.maintenance.migrate": 1.5,
}

# What Metrics may add to any function's import.
METRICS_TARGET = 1.05
# Instead of all that the library's Metrics import: names that do nothing.
WITHOUT_METRICS = (
    "import sys, types; m = types.ModuleType('aws_lambda_powertools.metrics');"
    " m.Metrics = m.EphemeralMetrics = m.single_metric = object; sys.modules[m.__name__] = m;"
)

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name.startswith(("DDP_", "AWS_"))},
    "PATH": os.environ["PATH"],
    "AWS_DEFAULT_REGION": lambdas.REGION,
    "DDP_STAGE": "local",
    "DDP_DATABASE_SECRET": "secret",
    "DDP_API_SECRET": "secret",
    "DDP_WORKER_SECRET": "secret",
}


def handlers() -> list[str]:
    """The modules of all functions: those that have a handler."""
    files = sorted((ROOT / "functions").rglob("*.py"))
    found = [file for file in files if re.search(r"^def handler\(", file.read_text(), re.MULTILINE)]
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in found]


def rows() -> Iterator[Row]:
    """The few against the libraries, and every one with Metrics against itself without."""
    yield from _against_libraries()
    for name in handlers():
        with_metrics, without = _with_and_without(f"import awslambdaric.bootstrap, {name}")
        yield Row(
            what=f"import {name}, against itself without Metrics",
            measured=with_metrics,
            floor=without,
            target=METRICS_TARGET,
        )


def _against_libraries() -> Iterator[Row]:
    calls = [
        _interpreter(FLOOR),
        *(_interpreter(f"import awslambdaric.bootstrap, {name}") for name in FUNCTIONS),
    ]
    for call in calls:
        call()  # writes the byte-code
    floor, *taken = map(statistics.median, alternate(calls, rounds=ROUNDS))
    for (name, target), seconds in zip(FUNCTIONS.items(), taken, strict=True):
        yield Row(what=f"import {name}", measured=seconds, floor=floor, target=target)


def _with_and_without(code: str) -> tuple[float, float]:
    """Seconds of the processor, the least of all rounds. They alternate, after one that writes the byte-code."""
    programs = (code, WITHOUT_METRICS + code)
    for program in programs:
        _processor_seconds(program)
    pairs = [tuple(map(_processor_seconds, programs)) for _ in range(ROUNDS)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def _processor_seconds(code: str) -> float:
    """What an interpreter takes for it, at the application's and at the system's side."""
    process = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, code)
    return used.ru_utime + used.ru_stime


def _interpreter(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)

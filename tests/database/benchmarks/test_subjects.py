"""Every subject of `make bench` still runs: at a small scale, where its figures mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.state import ROOT
from tests.benchmarks.__main__ import MODULES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SMALL = {
    "DDP_BENCH_ROUNDS": "2",
    "DDP_BENCH_LEDGER_ROWS": "20_000",
    "DDP_BENCH_WORKERS_RECIPIENTS": "1_000",
    "DDP_BENCH_PRODUCTS": "20_000",
    "DDP_BENCH_RECIPIENTS": "5_000",
    "DDP_BENCH_EVENTS": "8_000",
    "DDP_BENCH_FILE_ACTIONS": "20_000",
    "DDP_BENCH_FILES": "20_000",
    "DDP_BENCH_OLD_ACTIONS": "20_000",
    "DDP_BENCH_ERASURE_RECIPIENTS": "5_000",
}
# The others in the race with Celery and procrastinate are packages of their own, which the subjects install.
OURS = [module for module in MODULES if not module.startswith("rivals.")]


@pytest.mark.parametrize("module", OURS)
def test_a_subject_measures_what_it_says(module: str) -> None:
    subject = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.subject", f"tests.benchmarks.{module}"],
        cwd=ROOT,
        env=os.environ | SMALL | {"DDP_BENCH_UNRECORDED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    # A target that is missed ends it with 1, too.
    assert "Traceback" not in subject.stderr, subject.stderr[-3000:]
    assert subject.stderr.strip(), "it has no rows"

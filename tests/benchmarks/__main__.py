"""`make bench`: every figure is a ratio of two things measured in this run, side by side, on this machine.

What a subject measured replaces its section in infra/docs/benchmarks.md; `--unrecorded` leaves the page alone. Each
subject runs in a process of its own, so that none measures what another one imported, cached or allocated.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence

from infra.state import ROOT
from tests.benchmarks import page

# Where each is, in their order; each has `rows() -> Iterator[Row]`.
MODULES = (
    "cold_import",
    "lists.list_files",
    "lists.dashboard",
    "lists.lists",
    "lists.figures",
    "sending.ledger",
    "analytics.refresh",
    "analytics.freshness",
    "maintenance.cleanup",
    "maintenance.erasure",
    "planning.plan_email",
    "planning.plan_sms",
    "planning.forecast_email",
    "planning.import_products",
    "sending.claims",
    "social.social_due",
    "social.social_burst",
    "engagement.engagement_ingest",
    "engagement.engagement_webhook",
    "engagement.engagement_polls",
    "engagement.engagement_history",
    "sending.send_email",
    "sending.send_sms",
    "rivals.celery_send",
    "rivals.procrastinate_send",
    "sending.workers",
    "sending.partitions",
    "events.email_events",
    "events.sms_events",
    "fairness.email_fairness",
    "fairness.sms_fairness",
    "fairness.email_hostile",
    "events.email_cost",
    "http.http_round_trip",
    "http.request_budget",
)
# {subject: its module}: "send_email": "sending.send_email".
SUBJECTS = {module.rpartition(".")[2]: module for module in MODULES}

# What --full sets, for the subjects' processes.
FULL = {"DDP_BENCH_FILE_ACTIONS": "10_000_000", "DDP_BENCH_OLD_ACTIONS": "10_000_000"}


def main() -> int:
    """Measure the named subjects (by default all). Returns 1 if a target is missed or a subject fails, else 0."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", help=", ".join(SUBJECTS))
    parser.add_argument(
        "--full", action="store_true", help="refresh and cleanup at 10 M actions; takes hours"
    )
    parser.add_argument(
        "--unrecorded", action="store_true", help=f"leave {page.PAGE.relative_to(ROOT)} as it is"
    )
    arguments = parser.parse_args()
    subjects = arguments.subjects or SUBJECTS
    if arguments.full:
        os.environ.update(FULL)
    if arguments.unrecorded:
        os.environ[page.UNRECORDED] = "1"
    if unknown := sorted(set(subjects) - set(SUBJECTS)):
        parser.error(f"there is no subject {unknown[0]}; choose from: {', '.join(SUBJECTS)}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}", flush=True)
    return measure([f"tests.benchmarks.{SUBJECTS[subject]}" for subject in subjects])


def measure(modules: Sequence[str]) -> int:
    """Measure these modules one after another, each in a new process. Returns 1 if any missed or failed, else 0."""
    commands = [[sys.executable, "-m", "tests.benchmarks.subject", module] for module in modules]
    statuses = [_run(command) for command in commands]
    return 1 if any(statuses) else 0


def _run(command: Sequence[str]) -> int:
    """Returns the exit status. Ctrl-C reaches the subject too: wait until it has stopped its servers."""
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: every figure is a ratio of two things measured in this run, side by side, on this machine.

Each subject runs in a process of its own, so that none measures what another one imported, cached or allocated.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Sequence

# One module per subject; each has `rows() -> Iterator[Row]`.
SUBJECTS = (
    "cold_import",
    "list_files",
    "dashboard",
    "ledger",
    "refresh",
    "plan_email",
    "claims",
    "send_email",
    "celery_send",
    "email_events",
    "email_fairness",
    "email_cost",
    "http_round_trip",
)


def main() -> int:
    """Measure the named subjects (by default all). Returns 1 if a target is missed or a subject fails, else 0."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", help=", ".join(SUBJECTS))
    subjects = parser.parse_args().subjects or SUBJECTS
    if unknown := sorted(set(subjects) - set(SUBJECTS)):
        parser.error(f"there is no subject {unknown[0]}; choose from: {', '.join(SUBJECTS)}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}", flush=True)
    return measure([f"tests.benchmarks.{subject}" for subject in subjects])


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

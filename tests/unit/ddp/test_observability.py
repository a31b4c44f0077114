"""The members of every log line that metric filters read (infra/constructs/function_alarms.py), and metrics."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

from infra.state import ROOT

PROGRAM = """
from ddp.observability import logger
logger.append_keys(of_one_invocation=1)
logger.clear_state()  # as at the beginning of each invocation
try:
    raise ValueError("broken")
except ValueError:
    logger.exception("the request failed")
"""


METRICS = """
from ddp.observability import count, measured, publish
count(accepted=0)
publish()  # nothing was counted: nothing is written
count(accepted=48, failed=2)
count(accepted=1)
with measured("claim_milliseconds"):
    pass
publish()
publish()
"""


def output_of(program: str, **variables: str) -> list[dict]:
    """The lines that a program prints."""
    path = str(ROOT / "layers/shared/python")
    environment = {**os.environ, "POWERTOOLS_SERVICE_NAME": "email-send", "PYTHONPATH": path, **variables}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_metrics_are_one_line_in_the_embedded_metric_format_with_the_function_as_only_dimension():
    (line,) = output_of(METRICS, DDP_STAGE="prod")
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("ddp/prod", [["service"]])
    units = {metric["Name"]: metric["Unit"] for metric in described["Metrics"]}
    assert units == {"accepted": "Count", "failed": "Count", "claim_milliseconds": "Milliseconds"}
    assert (line["service"], line["accepted"], line["failed"]) == ("email-send", [48, 1], [2])
    assert 0 <= line["claim_milliseconds"][0] < 1_000


def test_locally_there_are_none():
    assert output_of(METRICS, POWERTOOLS_METRICS_DISABLED="true") == []


def test_each_line_says_level_function_and_version():
    variables = {"AWS_LAMBDA_FUNCTION_VERSION": "42", "POWERTOOLS_SERVICE_NAME": "uploads-http"}
    path = str(ROOT / "layers/shared/python")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **variables, "PYTHONPATH": path}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    (line,) = map(json.loads, io.StringIO(done.stdout))
    read = {name: line[name] for name in ("level", "service", "version", "message")}
    assert read == {
        "level": "ERROR",
        "service": "uploads-http",
        "version": "42",
        "message": "the request failed",
    }
    assert "of_one_invocation" not in line

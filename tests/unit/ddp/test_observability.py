"""The members of every log line that metric filters read (infra/constructs/function_alarms.py)."""

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

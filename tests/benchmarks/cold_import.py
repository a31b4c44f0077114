"""Cold import of each function in a fresh interpreter, byte-code present; floor: only the unavoidable libraries."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

from tests.benchmarks.measure import Row, alternate

ROUNDS = 11

FLOOR = "import awslambdaric.bootstrap, psycopg, boto3; from aws_lambda_powertools import Logger; Logger()"

# Module → maximum ratio: 1.5 for workers, 1.8 for HTTP functions.
FUNCTIONS = {
    "functions.auth.authorizer": 1.5,
    "functions.uploads.http": 1.8,
    "functions.uploads.object_created": 1.5,
    "functions.maintenance.migrate": 1.5,
}

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_DEFAULT_REGION": "eu-central-1",
    "DDP_STAGE": "local",
    "DDP_BUCKET": "bucket",
    "DDP_OIDC_ISSUER": "http://127.0.0.1:1",
    "DDP_OIDC_AUDIENCE": "authenticated",
    "DDP_OIDC_JWKS_URL": "http://127.0.0.1:1/jwks",
    "DDP_DATABASE_SECRET": "secret",
    "DDP_API_SECRET": "secret",
    "DDP_WORKER_SECRET": "secret",
}


def rows() -> Iterator[Row]:
    """Median of whole interpreter runs, because start-up is part of a cold start."""
    calls = [
        _interpreter(FLOOR),
        *(_interpreter(f"import awslambdaric.bootstrap, {name}") for name in FUNCTIONS),
    ]
    for call in calls:
        call()  # writes the byte-code
    floor, *taken = map(statistics.median, alternate(calls, rounds=ROUNDS))
    for (name, target), seconds in zip(FUNCTIONS.items(), taken, strict=True):
        yield Row(what=f"import {name}", measured=seconds, floor=floor, target=target)


def _interpreter(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)

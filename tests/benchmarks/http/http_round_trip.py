"""One HTTP call through the local stack; floor: a 401 by the same server, without a function behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import urllib3

from infra.cli.synth import synthesise
from infra.local import control
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.state import StateDirectory
from tests.benchmarks.measure import Row, alternate, percentile

ROUNDS = 300


def rows() -> Iterator[Row]:
    """p50 and p99 of GET /files (gateway, authorizer, function, PostgreSQL), and of the gateway's own 401."""
    directory = StateDirectory(Path(tempfile.mkdtemp(prefix="ddp-bench-")))
    try:
        urls = control.up(directory, synthesise(), lambda _: None).urls
        token = Issuer.load(urls["Token issuer"], directory.issuer_key).token(USERS["brand"])
        yield from _measure(urls["API"], token)
    finally:
        control.down(directory, delete_data=True)


def _measure(api_url: str, token: str) -> Iterator[Row]:
    http = urllib3.PoolManager(retries=False)

    def call(headers: dict[str, str], expected: int) -> None:
        status = http.request("GET", f"{api_url}/files", headers=headers).status
        if status != expected:
            raise RuntimeError(f"status {status} instead of {expected}")

    with_token = {"Authorization": f"Bearer {token}"}
    call(with_token, 200)  # cold_import measures the cold start
    refused, answered = alternate([lambda: call({}, 401), lambda: call(with_token, 200)], rounds=ROUNDS)
    for percent in (50, 99):
        yield Row(
            what=f"GET /files over HTTP, p{percent}",
            measured=percentile(answered, percent),
            floor=percentile(refused, percent),
        )

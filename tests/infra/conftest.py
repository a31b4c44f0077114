"""One synthesis for all tests: stage prod, with this machine's Python version so that byte-code is shipped."""

from __future__ import annotations

import pytest

from infra.cli.synth import synthesise
from infra.settings import machine_architecture, machine_python
from tests.infra.assembly import Assembly

PROD = {
    "oidc_issuer": "https://project.supabase.co/auth/v1",
    "cors_origins": "https://app.example.com",
    "python_version": machine_python(),
    "architecture": str(machine_architecture()),
}


@pytest.fixture(scope="session")
def prod() -> Assembly:
    """The assembly of stage prod with Supabase, checked by cdk-nag."""
    return Assembly(synthesise(stage="prod", database="supabase", settings=PROD))


@pytest.fixture(scope="session")
def data(prod: Assembly) -> dict:
    return prod.template("data")


@pytest.fixture(scope="session")
def service(prod: Assembly) -> dict:
    """All stacks but the data stack, as one template."""
    return prod.service()

"""One synthesis for all tests: stage prod, with this machine's Python version so that byte-code is shipped."""

from __future__ import annotations

import pytest

from infra.cli.lint_templates import EDGE, EXAMPLE
from infra.cli.synth import synthesise
from tests.infra.assembly import Assembly

# The same as `ddp lint-templates` uses: the cache then serves both.
PROD = EXAMPLE


@pytest.fixture(scope="session")
def prod() -> Assembly:
    """The assembly of stage prod with Supabase, checked by cdk-nag."""
    return Assembly(synthesise(stage="prod", database="supabase", settings=PROD))


@pytest.fixture(scope="session")
def edge() -> Assembly:
    """The same behind CloudFront, with domains of its own."""
    return Assembly(synthesise(stage="prod", database="supabase", settings=EDGE))


@pytest.fixture(scope="session")
def data(prod: Assembly) -> dict:
    return prod.template("data")


@pytest.fixture(scope="session")
def service(prod: Assembly) -> dict:
    """All stacks but the data stack, as one template."""
    return prod.service()

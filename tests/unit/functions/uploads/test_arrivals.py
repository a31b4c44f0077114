"""What a message about an object says, also when reconciliation sends it again."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests import lambdas  # noqa: F401  first: the environment that functions read when imported

# isort: split

from functions.uploads import arrivals
from functions.uploads.arrivals import Arrival


@pytest.mark.parametrize("verdict", [None, "NO_THREATS_FOUND", "THREATS_FOUND", "FAILED"])
def test_an_event_that_is_sent_again_says_the_same(verdict: str | None) -> None:
    arrival = Arrival(upload_id=uuid4(), etag="0" * 32, verdict=verdict)
    assert arrivals.parse(arrivals.serialise(arrival)) == arrival

"""Every payload in events/ reaches its handler."""

from __future__ import annotations

import pytest

from tests import lambdas

SAMPLES = sorted(path.stem for path in (lambdas.EVENTS / "uploads").glob("*.json"))
HTTP = [name for name in SAMPLES if "requestContext" in lambdas.sample(f"uploads/{name}")]


@pytest.mark.parametrize("name", HTTP)
def test_a_request_has_a_route_and_is_understood(platform, name):
    from functions.uploads import http

    platform.login("ddp_api")
    event = lambdas.sample(f"uploads/{name}")
    answer = lambdas.answer(http.handler(event, lambdas.Context()))
    # The samples' user does not exist here, so the handlers refuse nearly all, for that reason.
    assert answer.status in {200, 401, 404, 422}, answer
    assert answer.status == 200 or answer.code not in {"no-such-route", "invalid-request"}, answer


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - set(HTTP)))
def test_a_message_is_understood(platform, name):
    from functions.uploads import arrivals
    from functions.uploads.hosting import making

    event = lambdas.sample(f"uploads/{name}")
    body = event["Records"][0]["body"]
    assert (arrivals.parse(body) or making.asked_for(body)) is not None
    assert platform.deliver(event) == []

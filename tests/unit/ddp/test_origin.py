"""What CloudFront says of its viewer is believed with the secret header alone; and who is let in past it."""

from __future__ import annotations

import pytest

from tests import lambdas  # first: the environment that functions read when imported

# isort: split

from ddp import edge
from ddp.refusals import origin

app = edge.resolver()

VIEWER = {"cloudfront-viewer-address": "198.51.100.7:46532"}
SECRET = {"x-ddp-edge": "the edge's"}


@app.get("/things")
def things() -> dict[str, str]:
    return {}


@pytest.fixture
def distribution(monkeypatch):
    """There is one, whose secret is SECRET."""
    monkeypatch.setattr(origin, "EDGE_SECRET", "arn")
    monkeypatch.setattr(origin, "_secret", lambda: SECRET["x-ddp-edge"].encode())


def event(headers: dict[str, str], domain: str = "api.example.com") -> dict:
    found = lambdas.http_event("GET", "/things", headers=headers)
    found["requestContext"]["http"]["sourceIp"] = "203.0.113.9"
    found["requestContext"]["domainName"] = domain
    return found


def ask(headers: dict[str, str], domain: str = "api.example.com") -> lambdas.Answer:
    return lambdas.answer(edge.handle(app, event(headers, domain), lambdas.Context()))


@pytest.mark.parametrize(
    ("seen", "address"),
    [
        ("198.51.100.7:46532", "198.51.100.7"),
        ("2001:db8:0:0:0:0:0:1:46532", "2001:db8::1"),
        ("[2001:db8::1]:46532", "2001:db8::1"),
        ("198.51.100.7", "203.0.113.9"),
        ("somewhere:1", "203.0.113.9"),
        ("", "203.0.113.9"),
    ],
)
def test_the_viewers_address_is_what_the_edge_saw(distribution, seen, address):
    assert origin.address(event(SECRET | {"cloudfront-viewer-address": seen})) == address


@pytest.mark.parametrize("given", [{}, {"x-ddp-edge": ""}, {"x-ddp-edge": "a guess"}, {"x-ddp-edge": "gué"}])
def test_without_the_secret_it_is_what_the_gateway_saw(distribution, given):
    assert origin.address(event(VIEWER | given)) == "203.0.113.9"


@pytest.mark.parametrize("given", [VIEWER, VIEWER | {"x-ddp-edge": ""}])
def test_without_a_distribution_nothing_is_believed(given):
    assert origin.address(event(given)) == "203.0.113.9"
    assert not origin.is_from_edge(given)


def test_who_comes_past_the_edge_is_refused_if_the_edge_is_the_only_way(distribution, monkeypatch):
    assert ask({}).status == 200
    monkeypatch.setattr(origin, "EDGE_ONLY", True)
    for given in ({}, {"x-ddp-edge": "a guess"}):
        answer = ask(given)
        assert (answer.status, answer.code) == (403, "not-through-the-edge")
    assert ask(SECRET).status == 200


def test_nothing_answers_under_the_domain_of_short_links(monkeypatch):
    assert ask({}, "l.example.com").status == 200
    monkeypatch.setattr(origin, "LINK_DOMAIN", "l.example.com")
    answer = ask({}, "l.example.com")
    assert (answer.status, answer.code) == (404, "no-such-route")
    assert ask({}, "api.example.com").status == 200

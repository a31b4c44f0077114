"""Budgets of requests, domains and the edge: what the settings refuse, with the remedy."""

from __future__ import annotations

import pytest

from infra.settings import Settings, SettingsError

REGIONAL = "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000"
OF_EDGE = REGIONAL.replace("eu-central-1", "us-east-1")
TARGET = "d-abc1234567.execute-api.eu-central-1.amazonaws.com"

DOMAIN = {"domains": "api.example.com", "domain_certificate": REGIONAL}
EDGE = DOMAIN | {"edge_origins": f"api.example.com={TARGET}", "edge_certificate": OF_EDGE}


def of(**context: object) -> Settings:
    return Settings.from_context({"stage": "dev", "oidc_issuer": "https://issuer.example.com", **context})


def test_by_default_there_is_a_budget_and_no_edge():
    settings = of()
    assert (settings.request_rate, settings.request_burst) == (20, 40)
    assert (settings.domains, settings.edge_origins, settings.edge_only) == ((), (), False)
    assert settings.tracking_domain == ""


def test_ten_times_the_budget_of_one_account_leaves_room_below_the_throttle_for_others():
    assert of().throttle_rate >= 2 * 10 * of().request_rate


def test_an_edge_is_taken_as_given():
    settings = of(**EDGE, edge_only="true", tracking_domain="click.example.com", edge_requests="500")
    assert settings.edge_origins == (f"api.example.com={TARGET}",)
    assert (settings.edge_only, settings.edge_requests) == (True, 500)
    assert of(edge_secret="arn:aws:secretsmanager:x", edge_only="true").edge_only, (
        "a CDN that was made elsewhere"
    )


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        ({"request_rate": -1, "request_burst": 0}, "request_rate must not be negative; 0 means no limit"),
        ({"request_rate": 20, "request_burst": 10}, "request_burst must be between request_rate (20) and"),
        ({"request_rate": 1, "request_burst": 61}, "and a minute of it (60)"),
        ({"throttle_rate": 19}, "throttle_rate is 19 for everybody together; it must be at least"),
        ({"domains": "https://api.example.com"}, "domains and tracking_domain must be host names"),
        ({"tracking_domain": "localhost"}, "domains and tracking_domain must be host names"),
        (DOMAIN | {"tracking_domain": "api.example.com"}, "tracking_domain leads to SES: it must be none"),
        ({"tracking_domain": "l.example.com", "link_domain": "l.example.com"}, "and not link_domain"),
        ({"domains": "api.example.com"}, "domain_certificate must be the ARN of a certificate of ACM in eu-"),
        (DOMAIN | {"domain_certificate": OF_EDGE}, "of ACM in eu-central-1, which names all domains"),
        (
            EDGE | {"domains": "api.example.com,l.example.com"},
            "edge_origins must have DOMAIN=TARGET for each",
        ),
        (EDGE | {"edge_origins": "api.example.com"}, "edge_origins must have DOMAIN=TARGET for each"),
        (
            EDGE | {"edge_origins": "api.example.com=evil.example"},
            "with the target that the stack of the API",
        ),
        (
            EDGE | {"edge_certificate": REGIONAL},
            "edge_certificate must be the ARN of a certificate of ACM in us-",
        ),
        (EDGE | {"edge_requests": 99}, "edge_requests must be at least 100"),
        (
            EDGE | {"edge_secret": "arn:aws:secretsmanager:x"},
            "edge_secret is for a distribution that was made",
        ),
        ({"edge_only": "true"}, "edge_only needs edge_origins or edge_secret"),
        (EDGE | {"stage": "local"}, "edge_origins cannot be set in stage local"),
    ],
)
def test_what_cannot_be_deployed_is_refused_with_the_remedy(context, sentence):
    with pytest.raises(SettingsError, match=r".") as refusal:
        of(**context)
    assert sentence in str(refusal.value)

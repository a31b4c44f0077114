"""The simulated platforms, and accounts of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ddp.providers.social import http, publishing, rules
from ddp.providers.social.base import Account, Platform
from tests.unit.ddp.providers.social.connected import KINDS, Connect, Connected, found, tokens_of
from tests.unit.ddp.providers.social.measured import Measure, Measured
from tests.unit.infra.local.simulators.platforms.conftest import Running, WebServer, serving, web_server

# How late numbers are.
AT_ONCE = {"counters": 0.0, "insights": 0.0}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("platforms")) as running:
        running.client.change(
            audited={"tiktok": True},
            quotas={"tiktok_inits_per_minute": 10_000, "tiktok_posts_per_day": 10_000},
        )
        yield running


@pytest.fixture
def running(server: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    settings = server.client.settings()
    monkeypatch.setattr(http, "GATEWAY", server.url)
    server.clock.now += 1_000
    yield server
    server.client.clear_faults()
    server.client.change(**settings)


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


@pytest.fixture
def connect(running: Running, web: WebServer) -> Callable[..., Connected]:
    def connected(platform: Platform, person: str = "ada", kind: str | None = None) -> Connected:
        tokens = tokens_of(running, platform, person)
        accounts = found(running, platform, tokens)
        wanted = kind or KINDS.get(platform)
        (chosen, *_) = [each for each in accounts if wanted in {None, each.kind} and not each.lacks]
        account = Account(
            external_account_id=chosen.external_account_id,
            kind=chosen.kind,
            handle=chosen.handle,
            access_token=chosen.access_token or tokens.access_token,
            scopes=tokens.scopes or frozenset(rules.of(platform)["access"]["scopes"]),
        )
        return Connected(
            running=running, web=web, platform=platform, account=account, publisher=publishing.of(platform)
        )

    return connected


@pytest.fixture
def measure(running: Running, connect: Connect) -> Measure:
    """A connected account on a platform whose numbers are large, and told at once."""
    running.client.change(
        audience={"size": 5.0},
        lateness_seconds=dict.fromkeys(Platform, AT_ONCE),
        lifetimes={key: {"access": 1e8} for key in Platform},
        quotas={"facebook_reels_per_day": 1_000, "instagram_posts_per_day": 1_000},
    )

    def measured(platform: Platform, account: str) -> Measured:
        return Measured(connected=connect(platform, kind=account), kind_of_account=account)

    return measured

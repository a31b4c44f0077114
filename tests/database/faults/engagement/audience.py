"""The platforms with their audiences: posts, true numbers, what X has charged, and webhooks. Their time stands still
unless a test lets it pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.audience.controls import CONTROLS as AUDIENCE
from infra.local.simulators.platforms.controls import CONTROLS
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.webhooks import hooks, outbox, watching
from infra.local.simulators.platforms.world import DAY, World
from tests.unit.infra.local.simulators.platforms.publishing import ACCOUNT, publish

PERSON = "ada"
KINDS = {
    "facebook": "page", "instagram": "business", "twitter": "user", "linkedin": "organization", "tiktok": "creator",
    "youtube": "channel",
}  # fmt: skip
TYPES = {"tiktok": "video", "youtube": "video", "instagram": "image"}
WEBHOOKS = {
    "facebook": "meta",
    "instagram": "meta",
    "tiktok": "tiktok",
}
AGREED = "agreed"
# Metrics that a platform may retire.
RETIRED = {"facebook": "post_clicks", "instagram": "saved"}
QUOTAS = {
    "tiktok_queries_per_minute": 100_000,
    "twitter_reads_per_15_minutes": 100_000,
    "youtube_units_per_day": 10**7,
}
TABLES = ("objects", "finalised", "uses", "settings", "deliveries")


@dataclass(slots=True)
class Clock:
    """The platforms' time."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Audience:
    """The six platforms, as a test sees them."""

    directory: Path
    clock: Clock = field(default_factory=Clock)
    world: World = field(init=False)
    settings: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.world = simulator(self.directory, clock=self.clock)
        self.settings = self.world.settings

    def empty(self) -> None:
        """Forget everything; it is now."""
        for table in TABLES:
            self.world.store._connection.execute(f"delete from {table}")
        self.clock.now = time.time()
        self.world.settings = self.settings
        self.world.faults.clear()
        self.world.calls.clear()
        # An application from before Meta took features from new ones.
        self.world.change({"quotas": QUOTAS, "meta_legacy_features": True})

    def account(self, platform: str) -> Any:
        """The account that publishes."""
        return accounts_of(self.world, platform, PERSON)[ACCOUNT.get(platform, 0)]

    def tokens(self, platform: str, scopes: list[str]) -> dict[str, Any]:
        """New tokens of that account, as after consent."""
        wanted = {"platform": platform, "account": self.account(platform).id, "scopes": scopes}
        return CONTROLS["POST", "tokens"](self.world, wanted)

    def publish(self, platform: str, number: int) -> str:
        """A post becomes public; returns the id that we store of it."""
        post_id = publish(self, platform, number)  # type: ignore[arg-type]  # it has the clock and the world
        return f"73{number}" if platform == "tiktok" else post_id

    def published_at(self, platform: str, external_id: str) -> float:
        """When it became public."""
        found = posts.find(self.world, platform, external_id)
        assert found
        return posts.published_at(found) or 0.0

    def told(self, platform: str, external_id: str, at: float) -> dict[str, int]:
        """What can be read of a post at a time, by kind of engagement."""
        found = posts.find(self.world, platform, external_id)
        assert found
        return telling.told_types(self.world, found, at)

    def adjust(self, platform: str, external_id: str, kind: str, amount: int) -> None:
        """So many more people do so, or take it back."""
        wanted = {"platform": platform, "post": external_id, "type": kind, "amount": amount}
        AUDIENCE["POST", "adjust"](self.world, wanted)

    def remove(self, platform: str, external_id: str) -> None:
        """A person deletes a post."""
        AUDIENCE["POST", "remove"](self.world, {"platform": platform, "post": external_id})

    def make_private(self, platform: str, *, is_private: bool) -> None:
        """The account shows its posts to nobody, or to everybody again."""
        account = {"platform": platform, "account": self.account(platform).id, "is_private": is_private}
        AUDIENCE["PUT", "private"](self.world, account)

    def charged(self) -> int:
        """What X has charged, in thousandths of a US dollar."""
        return self.world.store.used("twitter", "dollars", None)

    def midnights(self, seconds: float) -> int:
        """How many days (UTC) begin in the coming seconds."""
        return int((self.clock.now + seconds) // DAY - self.clock.now // DAY)

    def tell(self) -> None:
        """Write webhooks about all that has changed, and send what is due: now, and what comes late."""
        watching.look(self.world)
        outbox.send_due(self.world)


@contextmanager
def delivering(
    monkeypatch: pytest.MonkeyPatch, handle: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> Iterator[None]:
    """Let requests of the platforms reach a handler of the HTTP API's events."""

    def request(method: str, url: str, body: bytes = b"", headers: Any = None, **_: object) -> Any:
        path, _, query = url.partition("https://ddp.example.com")[2].partition("?")
        event = {
            "requestContext": {"http": {"method": method}},
            "rawPath": path,
            "headers": {name.lower(): value for name, value in (headers or {}).items()},
            "queryStringParameters": dict(pair.split("=", 1) for pair in query.split("&") if pair),
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        answer = handle(event)
        return SimpleNamespace(status=answer["statusCode"], data=str(answer["body"]).encode())

    http = SimpleNamespace(request=request)
    with monkeypatch.context() as patched:
        patched.setattr(hooks, "http", http)
        patched.setattr(outbox, "http", http)
        yield

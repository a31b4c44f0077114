"""The handlers of engagement, by the URL of their queue, with stand-ins for everything around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, Self

import pytest

from infra.local.simulators.platforms.oauth import client_id, client_secret
from tests.database.faults.engagement.audience import AGREED, Clock
from tests.database.faults.social.stages import Context, Handler, publish_platforms


class Threads:
    """Stands in for the pool of threads: the seed decides in which order things are done."""

    def __init__(self, random: Random, *_: object) -> None:
        self.random = random

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to do."""

    def map(self, work: Callable[[Any], None], given: Iterable[Any]) -> list[None]:
        each = list(given)
        self.random.shuffle(each)
        return [work(one) for one in each]


def handlers() -> dict[str, Handler]:
    """The real handlers."""
    from functions.engagement import ingest, poll, webhook
    from functions.engagement.routes import figures

    by_url: dict[str, Any] = {webhook.QUEUE_URL: ingest.handler, figures.QUEUE_URL: poll.handler}
    return {url: partial(handler, context=Context()) for url, handler in by_url.items()}


def webhook(event: dict[str, Any]) -> dict[str, Any]:
    """The real handler of webhooks."""
    from functions.engagement import webhook

    return webhook.handler(event, Context())  # type: ignore[arg-type]


def patch(monkeypatch: pytest.MonkeyPatch, random: Random, clock: Clock) -> None:
    """Put stand-ins where the functions reach for threads, time and the applications' secrets."""
    from ddp import db, queues
    from ddp.providers.social import applications
    from ddp.providers.social.base import Application
    from functions.engagement import poll, webhook

    # TikTok signs the time of its clock.
    now = SimpleNamespace(now=lambda _zone: datetime.fromtimestamp(clock.now, UTC))
    monkeypatch.setattr(webhook, "datetime", now)
    monkeypatch.setattr(queues, "time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr(db, "time", SimpleNamespace(sleep=lambda _: None, monotonic=db.time.monotonic))
    monkeypatch.setattr(poll, "ThreadPoolExecutor", partial(Threads, random))
    monkeypatch.setattr(applications, "SECRETS", dict.fromkeys(publish_platforms(), "secret"))
    monkeypatch.setattr(
        applications,
        "of",
        lambda platform: Application(client_id=client_id(platform), client_secret=client_secret(platform)),
    )
    monkeypatch.setattr(applications, "signing_secrets", lambda platform: [client_secret(platform).encode()])
    monkeypatch.setattr(applications, "verify_token", lambda _: AGREED)

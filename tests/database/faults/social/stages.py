"""The handlers of social publishing, by the URL of their queue, with stand-ins for everything around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, Self

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local.simulators.platforms import world as simulated
from infra.local.simulators.platforms.hosts import tiktok as tiktok_simulator
from infra.local.simulators.platforms.hosts.meta import facebook_videos
from infra.local.simulators.platforms.hosts.youtube import uploads as youtube_uploads
from infra.local.simulators.platforms.media import Fetched
from infra.local.simulators.platforms.oauth import client_id, client_secret
from tests import lambdas
from tests.database.faults.calls import Calls
from tests.database.faults.chaos import Chaos

ACCOUNT = "https://sqs.eu-central-1.amazonaws.com/123456789012"
DUE, RECONCILE, TOKENS = (f"{ACCOUNT}/social-{name}" for name in ("due", "reconcile", "tokens"))
MEDIA = "https://media.example.com/"
# Videos have several pieces without being large.
PIECE = 30_000

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Context(lambdas.Context):
    """Of an invocation with time enough for a portion of tokens."""

    def get_remaining_time_in_millis(self) -> int:
        return 200_000


class Threads(Calls):
    """Stands in for the pool of threads: the seed decides the order of the calls."""

    def __init__(self, random: Random, *_: object) -> None:
        super().__init__(random)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A killed process makes no more of them."""


def as_completed(calls: Sequence[Any]) -> Iterator[Future[Any]]:
    """Stands in for concurrent.futures.as_completed."""
    for call in calls:
        call.make()
        yield call


@dataclass(slots=True)
class Heartbeats:
    """Stands in for leases.kept: beats when the seed says so."""

    renewals: list[Callable[[Any], object]] = field(default_factory=list)

    @contextmanager
    def kept(self, renew: Callable[[Any], object], *, seconds: float | None = None) -> Iterator[None]:
        if seconds is not None:  # the worker's own, for GET /health: no lease hangs on it
            yield
            return
        self.renewals.append(renew)
        try:
            yield
        finally:
            self.renewals.remove(renew)

    def beat(self) -> None:
        """Renew the leases of the process that has worked for longest."""
        from ddp import db

        # What a beat raises is logged: the next one tries again.
        with suppress(Exception):
            for renew in self.renewals[:1]:
                with db.transaction(role="service_role") as cursor:
                    renew(cursor)


@dataclass(slots=True)
class Bucket:
    """S3 in memory."""

    chaos: Chaos
    objects: dict[str, bytes] = field(default_factory=dict)

    def fault(self) -> None:
        if self.chaos.happens("S3 did not answer", self.chaos.rate / 2):
            raise EndpointConnectionError(endpoint_url="https://s3.example.com")

    def read_range(self, key: str, start: int, length: int) -> bytes:
        self.fault()
        return self.objects[key][start : start + length]

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        self.fault()
        self.objects[key] = body

    def size(self, key: str) -> int | None:
        self.fault()
        return len(self.objects[key]) if key in self.objects else None

    def fetched(self, address: str) -> Fetched:
        """What a platform gets that fetches an image."""
        if self.chaos.happens("an image could not be fetched"):
            return Fetched(problem="MaxRetryError")
        body = self.objects.get(address.removeprefix(MEDIA))
        return Fetched(body=body) if body else Fetched(problem="The address answered 404.")


def handlers() -> dict[str, Handler]:
    """The real handlers."""
    from functions.social import due_scan, hints, publish, reconcile, refresh_tokens

    by_url: dict[str, Any] = {
        hints.QUEUE_URL: publish.handler,
        DUE: due_scan.handler,
        RECONCILE: reconcile.handler,
        TOKENS: refresh_tokens.handler,
    }
    return {url: partial(handler, context=Context()) for url, handler in by_url.items()}


def patch(
    monkeypatch: pytest.MonkeyPatch,
    chaos: Chaos,
    bucket: Bucket,
    beats: Heartbeats,
    sleep: Callable[[float], None],
) -> None:
    """Put stand-ins where the functions reach for S3, threads, heartbeats, time, and the applications' secrets."""
    from ddp import db, queues
    from ddp.providers import s3
    from ddp.providers.social import applications, meta, rules
    from ddp.providers.social.base import Application
    from ddp.providers.social.publishing import tiktok, twitter, youtube
    from functions.social import media_links, publish
    from functions.social.steps import finalising

    for name in ("read_range", "put", "size"):
        monkeypatch.setattr(s3, name, getattr(bucket, name))
    monkeypatch.setattr(simulated, "fetch", bucket.fetched)
    monkeypatch.setattr(
        media_links, "address", lambda post_id, position: MEDIA + s3.social_key(post_id, position)
    )
    monkeypatch.setattr(finalising, "time", SimpleNamespace(sleep=sleep))
    # These sleep in transactions, in which time stands still.
    monkeypatch.setattr(queues, "time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr(db, "time", SimpleNamespace(sleep=lambda _: None, monotonic=db.time.monotonic))
    monkeypatch.setattr(publish, "ThreadPoolExecutor", partial(Threads, chaos.random))
    monkeypatch.setattr(publish, "as_completed", as_completed)
    monkeypatch.setattr(publish.leases, "kept", beats.kept)
    platforms = [rules.of(platform) for platform in publish_platforms()]
    for rule in platforms:
        monkeypatch.setitem(rule, "is_audited", True)
    secrets = {str(rule["platform"]): "secret" for rule in platforms}
    monkeypatch.setattr(applications, "SECRETS", secrets)
    monkeypatch.setattr(
        applications,
        "of",
        lambda platform: Application(client_id=client_id(platform), client_secret=client_secret(platform)),
    )
    for module, piece in ((tiktok, "CHUNK"), (youtube, "CHUNK"), (twitter, "SEGMENT"), (meta, "PIECE")):
        monkeypatch.setattr(module, piece, PIECE)
    monkeypatch.setattr(tiktok_simulator, "LEAST_CHUNK", 1_000)
    monkeypatch.setattr(youtube_uploads, "UNIT", 1_000)
    monkeypatch.setattr(facebook_videos, "PART", PIECE)


def publish_platforms() -> list[str]:
    """All platforms."""
    from ddp.providers.social.base import Platform

    return [str(platform) for platform in Platform]

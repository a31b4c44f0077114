"""What the six platforms have in common: time, settings, faults, quotas, and the list of what became public."""

from __future__ import annotations

import copy
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.local.simulators.faults import AFTER, Fault, FaultKind, Faults
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, Route
from infra.local.simulators.platforms.media import MediaFiles, fetch
from infra.local.simulators.platforms.store import Object, Store
from infra.local.simulators.serving import HangUp

DAY = 86_400.0
_PAGES = {FaultKind.PAGE_AFTER: 502, FaultKind.GARBLED_AFTER: 200}
PLATFORMS = ("facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube")
# Seconds that codes and tokens live, as the platforms say. Without `refresh`, a platform has no refresh tokens.
LIFETIMES: dict[str, dict[str, float]] = {
    "facebook": {"code": 600, "short": 3_600, "access": 5_184_000},
    "instagram": {"code": 3_600, "short": 3_600, "access": 5_184_000},
    "twitter": {"code": 30, "access": 7_200, "refresh": 15_552_000},
    "linkedin": {"code": 1_800, "access": 5_184_000, "refresh": 31_536_000},
    "tiktok": {"code": 300, "access": 7_200, "refresh": 15_552_000},
    "youtube": {"code": 600, "access": 3_599, "refresh": 15_552_000},
}
DEFAULTS: dict[str, Any] = {
    # How long a platform works on an image, on a video, and on publishing in its own time (TikTok); and how long TikTok
    # looks at what it has published until it tells the post's public id.
    "processing_seconds": {"image": 0.2, "video": 1.0, "publishing": 1.0, "moderation": 0.0},
    "lifetimes": LIFETIMES,
    "quotas": {
        "facebook_calls_per_day": 100_000,
        "facebook_reels_per_day": 30,
        "instagram_calls_per_day": 100_000,
        "instagram_posts_per_day": 100,
        "tiktok_inits_per_minute": 6,
        "tiktok_posts_per_day": 15,
        "tiktok_queries_per_minute": 600,
        "tiktok_reads_per_minute": 30,
        "twitter_posts_per_15_minutes": 100,
        "twitter_posts_of_application_per_day": 10_000,
        "twitter_reads_per_15_minutes": 900,
        "youtube_uploads_per_day": 100,
        "youtube_units_per_day": 10_000,
    },
    # Applications that have not passed the platform's audit publish privately only.
    "audited": {"tiktok": False, "youtube": True},
    # Whether LinkedIn gives this application refresh tokens, as it does to approved partners only.
    "linkedin_refresh_tokens": True,
    # Where an application may send people back to; empty: to any address.
    "redirect_uris": {platform: [] for platform in PLATFORMS},
    # How many people see posts (size 0: nobody), how fast, which share of likes is taken back, which share of posts is
    # removed by the platform within a week, and when all growth ends (0: never).
    "audience": {
        "seed": 1,
        "size": 1.0,
        "speed": 1.0,
        "withdrawn": 0.05,
        "deleted": 0.0,
        "stops_at": 0.0,
    },
    # By how much the numbers that a platform tells are late. Facebook's insights are computed once in this time;
    # Instagram's are late by up to it.
    "lateness_seconds": {
        "facebook": {"counters": 0.0, "insights": DAY},
        "instagram": {"counters": 0.0, "insights": 2 * DAY},
        "twitter": {"counters": 0.0, "insights": 0.0},
        "linkedin": {"counters": 60.0, "insights": 3_600.0},
        "tiktok": {"counters": 300.0, "insights": 0.0},
        "youtube": {"counters": 1_800.0, "insights": 0.0},
    },
    # Metrics that a platform knows no longer.
    "retired_metrics": {platform: [] for platform in PLATFORMS},
    # Whether Meta lets this application use what new ones cannot since 4 November 2026: `?ids=` (which ended with v26)
    # and aliases of fields.
    "meta_legacy_features": False,
    # How many people like a page. Facebook tells no insights of pages with fewer than 100.
    "page_likes": 250,
    # What becomes of webhooks: the share that is lost, the share that is sent twice, and by how many seconds they are
    # late at most, each by its own luck, so that they arrive in another order. `changes`: notices per post and round.
    "webhooks": {"seed": 1, "lost": 0.0, "repeated": 0.0, "late_seconds": 0.0, "changes": 3},
}


class World:
    """The six platforms. Settings and faults can change while it runs."""

    def __init__(
        self,
        directory: Path,
        routes: Sequence[Route],
        fault_errors: Mapping[str, Callable[[FaultKind], PlatformError]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.media = Store(directory / "platforms.sqlite"), MediaFiles(directory / "media")
        self.faults, self.now = Faults(), clock
        self.settings = copy.deepcopy(DEFAULTS)
        _merge(self.settings, self.store.settings())
        self._routes, self._fault_errors = routes, fault_errors
        # Hears of every call that is answered, with its operation; for tests.
        self.heard: Callable[[str, Call], None] = lambda _, __: None
        # How many calls there were, by operation, since the start or since a control set them to nothing.
        self.calls: Counter[str] = Counter()
        self._counting = threading.Lock()
        self.links: dict[str, str] = {}  # what its pages link to at the top, by name

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Change settings, and keep them. Raises KeyError for an unknown one."""
        changed = copy.deepcopy(self.settings)
        _merge(changed, wanted)
        self.settings = changed
        self.store.keep_settings(changed)

    def answer(self, call: Call) -> Answer:
        """The platform's answer. Raises PlatformError, and HangUp where a fault wants it."""
        found, groups = self._route(call)
        with self._counting:
            self.calls[found.operation] += 1
        fault = self.faults.next(found.operation)
        if fault and fault.kind is FaultKind.PARTIAL:
            call.is_partial, fault = True, None
        try:
            if fault and fault.kind not in AFTER:
                raise _Fails(fault)
            answer = self._handle(found, call, groups)
        except _Fails as failing:
            time.sleep(failing.fault.seconds)
            if failing.fault.kind is FaultKind.DROP_BEFORE:
                raise HangUp from None
            raise self._fault_errors[found.platform](failing.fault.kind) from None
        if fault := fault or call.fault:
            time.sleep(fault.seconds)
            if fault.kind is FaultKind.ERROR_AFTER:
                raise self._fault_errors[found.platform](fault.kind)
            if fault.kind in _PAGES:
                return Answer(
                    body=b"<html><body>Something went wrong.</body></html>", status=_PAGES[fault.kind]
                )
            if fault.kind is not FaultKind.SLOW:
                raise HangUp
        return answer

    def publish(
        self, call: Call, each: Object, *, text: str, media: Sequence[Mapping[str, Any]] = ()
    ) -> Object:
        """Make an object public, once: this is what must never happen twice. Faults of `….finalise` happen here."""
        kind = "comment" if each.kind == "comment" else "post"
        fault = self.faults.next(f"{each.platform}.{'comment' if kind == 'comment' else 'finalise'}")
        if fault and fault.kind not in AFTER:
            raise _Fails(fault)
        call.fault = fault
        fingerprints = [_fingerprint(facts) for facts in media]
        self.store.finalise(each, at=self.now(), kind=kind, text=text, media=fingerprints)
        return self.store.put(each)

    def ready_at(self, what: str) -> float:
        """When a platform is done with what it starts now: `image`, `video` or `publishing`."""
        return self.now() + float(self.settings["processing_seconds"][what])

    def quota(self, name: str) -> int:
        """A quota."""
        return int(self.settings["quotas"][name])

    def _handle(self, found: Route, call: Call, groups: Sequence[str]) -> Answer:
        self.heard(found.operation, call)
        if found.streams:
            return found.handle(self, call, *groups)
        if call.size:
            call.body  # noqa: B018 (read before the transaction: a slow caller must not hold up the others)
        for address in found.fetches(self, call) if found.fetches else ():
            call.fetched[address] = fetch(address)
        with self.store.transaction():
            return found.handle(self, call, *groups)

    def _route(self, call: Call) -> tuple[Route, Sequence[str]]:
        for each in self._routes:
            if (each.host, each.method) == (call.host, call.method) and (
                match := each.pattern.fullmatch(call.path)
            ):
                return each, match.groups()
        raise PlatformError({"message": f"{call.host} knows no {call.method} {call.path}"}, 404)


class _Fails(Exception):
    """A fault before anything took effect."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def secret(kind: str, platform: str) -> str:
    """A new secret. All carry the same mark, so that a test finds any that leaked."""
    return f"SECRET-{kind}-{platform}-{secrets.token_urlsafe(18)}"


def number() -> str:
    """A new id, as most platforms have them."""
    return str(secrets.randbelow(9 * 10**16) + 10**16)


def _fingerprint(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"sha256": facts["sha256"], "size": facts["size"]}


def _merge(into: dict[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if name not in into:
            raise KeyError(name)
        if isinstance(into[name], dict):
            _merge(into[name], value)
        else:
            into[name] = type(into[name])(value)

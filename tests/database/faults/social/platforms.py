"""The platforms' own list of what became public, and their accounts, of one schedule after the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.controls import CONTROLS
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World as Simulator

# Each post's text, title and comment has a mark of its own.
MARK = re.compile(r"No \d+-\d+")
# Who publishes, where a person has several accounts.
PLACES = {"facebook": {"page": 1}, "linkedin": {"member": 0, "organization": 1}}
URN = {"member": "urn:li:person:{}", "organization": "urn:li:organization:{}"}
_TIMES = ("expires_at", "ready_at", "published_at")
QUOTAS = {"tiktok_inits_per_minute": 1_000, "tiktok_reads_per_minute": 1_000}
SECONDS = {"image": 0.0, "video": 30.0, "publishing": 20.0}


@dataclass(slots=True)
class Platforms:
    """The simulator, as a test sees it. `published` hears of each thing in the moment in which it becomes public."""

    directory: Path
    simulator: Simulator = field(init=False)
    published: Callable[[str, str, str], None] = field(init=False)
    # How often each refresh token was used.
    refreshes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.simulator = simulator(self.directory)
        publish = self.simulator.publish

        def heard_publish(call: Any, each: Object, *, text: str, media: Any = ()) -> Object:
            made = publish(call, each, text=text, media=media)
            self.published(mark_of(text), "comment" if each.kind == "comment" else "post", text)
            return made

        self.simulator.publish = heard_publish  # type: ignore[method-assign]
        self.simulator.heard = self._heard
        self.empty()

    def _heard(self, operation: str, call: Any) -> None:
        if operation.endswith(".token") and (token := call.text("refresh_token")):
            self.refreshes[token] += 1

    def empty(self) -> None:
        """Forget everything."""
        for table in ("objects", "finalised", "uses", "settings"):
            self.simulator.store._connection.execute(f"delete from {table}")
        self.refreshes.clear()
        self.published = lambda _mark, _kind, _text: None
        audited = {"tiktok": True, "youtube": True}
        self.simulator.change({"audited": audited, "quotas": QUOTAS, "processing_seconds": SECONDS})

    def public(self) -> dict[tuple[str, str], list[str]]:
        """The ids of what became public, by mark and kind (post, comment)."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.simulator.store.finalised():
            found.setdefault((mark_of(each["text"]), each["kind"]), []).append(each["object_id"])
        return found

    def account(self, platform: str, kind: str, person: str) -> Object:
        """The account of a person; it is made when it is first asked for."""
        return accounts_of(self.simulator, platform, person)[PLACES.get(platform, {}).get(kind, 0)]

    def tokens(self, platform: str, account: Object, scopes: list[str]) -> dict[str, Any]:
        """New tokens of an account, as after consent."""
        wanted = {"platform": platform, "account": account.id, "scopes": scopes}
        return CONTROLS["POST", "tokens"](self.simulator, wanted)

    def expire(self, platform: str, kind: str, owner: str | None) -> None:
        """Let tokens, containers or uploads end now; `owner` None: of everybody."""
        CONTROLS["POST", "expire"](self.simulator, {"platform": platform, "kind": kind, "owner": owner})

    def pass_time(self, seconds: float) -> None:
        """Everything is so much longer ago."""
        execute = self.simulator.store._connection.execute
        with self.simulator.store.transaction():
            for name in _TIMES:
                execute(
                    f"update objects set body = json_set(body, '$.{name}', json_extract(body, '$.{name}') - ?)"
                    f" where json_type(body, '$.{name}') in ('real', 'integer')",
                    (seconds,),
                )
            for table in ("objects", "finalised", "uses"):
                execute(f"update {table} set at = at - ?", (seconds,))


def mark_of(text: str) -> str:
    """The mark in a text; empty: none."""
    found = MARK.search(text)
    return found[0] if found else ""

"""What the six feeds show: posts that are public, with their media and comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.audience.controls import MEASURED
from infra.local.simulators.platforms.hosts import tiktok_access
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post of a feed. `media`: file, type and alternative text of each; `state`: what is special about it.

    `numbers`: each type, how many there truly are, and how many somebody measured (None: not measured).
    """

    account: str
    title: str
    text: str
    media: tuple[tuple[str, str, str], ...]
    at: float
    state: str
    comments: tuple[str, ...]
    numbers: tuple[tuple[str, int, int | None], ...]


def feed(world: World, platform: str, *, limit: int) -> list[Shown]:
    """The newest posts of a platform, the newest first."""
    kinds = ("post", "video") if platform == "facebook" else ("post",)
    found = [each for kind in kinds for each in world.store.of(platform, kind, limit=limit)]
    public = sorted((each for each in found if _is_public(each)), key=lambda each: -each.at)
    return [_shown(world, each) for each in public[:limit]]


def _is_public(each: Object) -> bool:
    if each.platform == "youtube":
        return bool(each.body["status"]["privacyStatus"] != "private")
    return bool(each.body.get("published", True))


def _shown(world: World, each: Object) -> Shown:
    account = world.store.get(each.owner, each.platform, "account")
    title, text = _words(each.body)
    files = [each.body["facts"]] if each.kind == "video" else each.body.get("media", [])
    alt_texts = [*each.body.get("alt_texts", []), *[""] * len(files)]
    return Shown(
        account=account.body["name"] if account else each.owner,
        title=title,
        text=text,
        media=tuple(
            (facts["file"], facts["type"], alt_text)
            for facts, alt_text in zip(files, alt_texts, strict=False)
        ),
        at=each.at,
        state=_state(world, each),
        comments=tuple(
            comment.body.get("text") or comment.body.get("message", "")
            for comment in reversed(world.store.of(each.platform, "comment", each.id))
        ),
        numbers=_numbers(world, each),
    )


def _numbers(world: World, each: Object) -> tuple[tuple[str, int, int | None], ...]:
    true = posts.truth(world, each, world.now())
    measured = world.store.get(f"{MEASURED}:{each.platform}:{each.id}", each.platform, MEASURED)
    counts = measured.body if measured else {}
    return tuple((kind, count, counts.get(kind)) for kind, count in true.items() if count or kind in counts)


def _words(body: dict[str, Any]) -> tuple[str, str]:
    of_platform = body.get("info") or body.get("snippet") or body
    names = ("message", "caption", "text", "description")
    text = next((str(of_platform[name]) for name in names if of_platform.get(name)), "")
    link = str(body.get("link") or "")
    return str(of_platform.get("title") or ""), "\n".join(filter(None, (text, link)))


def _state(world: World, each: Object) -> str:
    if each.platform == "tiktok":
        status = tiktok_access.status_of(world, each)["status"]
        level = each.body["info"]["privacy_level"]
        return f"{status} · {level}".replace("_", " ").lower()
    if each.platform == "youtube":
        return str(each.body["status"]["privacyStatus"])
    return "reel" if each.body.get("is_reel") else ""

"""What tests and the demo ask of the audience: true numbers, changes of them, and what somebody measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.audience.growth import TYPES
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, number

MEASURED = "measured"


def _post(world: World, wanted: dict[str, Any]) -> Object:
    found = posts.find(world, wanted["platform"], wanted["post"])
    if found is None:
        raise KeyError(wanted["post"])
    return found


def _truth(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """The true numbers at a time, and what the platform tells then by all its metrics.

    `counters` and `insights` are all numbers as late as each of them tells them; null: it tells none yet.
    """
    with world.store.transaction():
        post, at = _post(world, wanted), float(wanted.get("at") or world.now())
        return {
            "at": at,
            "true": posts.truth(world, post, at),
            "told": telling.told_types(world, post, at),
            "counters": telling.told(world, post, telling.COUNTERS, at),
            "insights": telling.told(world, post, telling.INSIGHTS, at),
            "published_at": posts.published_at(post),
            "removed_at": post.body.get("removed_at"),
            "removed_by": post.body.get("removed_by"),
        }


def _stop(world: World, _: Any) -> dict[str, Any]:
    world.change({"audience": {"stops_at": world.now()}})
    return {}


def _adjust(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """So many more people (or fewer) from a time on."""
    post = _post(world, wanted)
    if wanted["type"] not in TYPES:
        raise KeyError(wanted["type"])
    body = {"type": wanted["type"], "amount": int(wanted["amount"])}
    at = float(wanted.get("at") or world.now())
    world.store.put(
        Object(id=number(), platform=post.platform, kind="adjustment", owner=post.id, at=at, body=body)
    )
    return {}


def _remove(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """A person, or the platform, takes a post away."""
    if wanted.get("by", "person") not in {"person", "platform"}:
        raise ValueError("by has to be person or platform")
    with world.store.transaction():
        posts.remove(world, _post(world, wanted), by=wanted.get("by", "person"))
    return {}


def _private(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """An account shows its posts to nobody, or again to everyone."""
    account = world.store.get(wanted["account"].rpartition(":")[2], wanted["platform"], "account")
    if account is None:
        raise KeyError(wanted["account"])
    account.body["private"] = bool(wanted["is_private"])
    world.store.put(account)
    return {}


def _measured(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Numbers that somebody measured, to be shown beside the true ones."""
    post = _post(world, wanted)
    counts = {kind: int(count) for kind, count in wanted["counts"].items()}
    if unknown := set(counts) - set(TYPES):
        raise KeyError(min(unknown))
    measured = f"{MEASURED}:{post.platform}:{post.id}"
    world.store.put(
        Object(id=measured, platform=post.platform, kind=MEASURED, owner=post.id, at=world.now(), body=counts)
    )
    return {}


def _calls(world: World, _: Any = None) -> dict[str, Any]:
    return {"calls": dict(world.calls)}


def _clear_calls(world: World, _: Any) -> dict[str, Any]:
    world.calls.clear()
    return {}


CONTROLS: dict[tuple[str, str], Callable[[World, Any], dict[str, Any]]] = {
    ("POST", "truth"): _truth,
    ("POST", "adjust"): _adjust,
    ("POST", "stop"): _stop,
    ("POST", "remove"): _remove,
    ("PUT", "private"): _private,
    ("PUT", "measured"): _measured,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _clear_calls,
}

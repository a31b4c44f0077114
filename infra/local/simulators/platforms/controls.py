"""What tests and the demo ask of the simulator itself, below /_platforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from infra.local.simulators.faults import Fault, FaultKind
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience import controls as audience
from infra.local.simulators.platforms.oauth import Login, mint
from infra.local.simulators.platforms.webhooks import controls as webhooks
from infra.local.simulators.platforms.world import PLATFORMS, World


def _settings(world: World, _: Any = None) -> dict[str, Any]:
    return world.settings


def _change_settings(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    world.change(wanted)
    return world.settings


def _add_fault(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Fault)}
    if unknown := set(wanted) - known:
        raise KeyError(min(unknown))
    if str(wanted["operation"]).partition(".")[0] not in PLATFORMS:
        raise KeyError(wanted["operation"])
    world.faults.add(Fault(**{**wanted, "kind": FaultKind(wanted["kind"])}))
    return {}


def _clear_faults(world: World, _: Any) -> dict[str, Any]:
    world.faults.clear()
    return {}


def counts(world: World, _: Any = None) -> dict[str, int]:
    """Posts by platform, comments, and what X charged in 0.001 US dollars."""
    found = dict.fromkeys((*PLATFORMS, "comments"), 0)
    for each in world.store.finalised():
        found[each["platform"] if each["kind"] == "post" else "comments"] += 1
    return found | {"twitter_dollars": world.store.used("twitter", "dollars", None)}


def _finalised(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    return {"finalised": world.store.finalised(wanted.get("platform"), _owner(wanted.get("account")))}


def _accounts(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    found = accounts_of(world, wanted["platform"], wanted["person"])
    return {"accounts": [asdict(each) for each in found]}


def _objects(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    found = world.store.of(wanted["platform"], wanted["kind"], _owner(wanted.get("owner")))
    return {"objects": [asdict(each) for each in found]}


def _change_object(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Change members of an object, or let it be as old as `age` seconds."""
    with world.store.transaction():
        found = world.store.get(wanted["id"], wanted["platform"])
        if found is None:
            raise KeyError(wanted["id"])
        if unknown := set(wanted.get("changes", {})) - set(found.body) - {"failed", "is_old"}:
            raise KeyError(min(unknown))
        found.body |= wanted.get("changes", {})
        found.at = world.now() - wanted["age"] if "age" in wanted else found.at
        world.store.put(found)
    return asdict(found)


def _expire(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Let all tokens (kind access or refresh), codes, containers or uploads of a platform end now."""
    with world.store.transaction():
        found = world.store.of(wanted["platform"], wanted["kind"], _owner(wanted.get("owner")))
        for each in found:
            each.at -= 366 * 86_400
            if "expires_at" in each.body:
                each.body["expires_at"] = world.now() - 1
            world.store.put(each)
    return {"expired": len(found)}


def _tokens(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Tokens of an account without consent, as after a new one: for what is connected again when the stack starts."""
    platform, scopes = wanted["platform"], list(wanted["scopes"])
    account = world.store.get(str(_owner(wanted["account"])), platform, "account")
    if account is None:
        raise KeyError(wanted["account"])
    login = Login(platform=platform)
    with world.store.transaction():
        access = mint(world, login, account.owner, scopes)
        if account.body["kind"] == "page":
            access.body |= {"page": account.id, "expires_at": None}
            world.store.put(access)
        has_refresh = "refresh" in world.settings["lifetimes"][platform]
        refresh = mint(world, login, account.owner, scopes, "refresh") if has_refresh else None
    return {
        "access_token": access.id,
        "access_expires_at": access.body["expires_at"],
        "refresh_token": refresh.id if refresh else None,
        "refresh_expires_at": refresh.body["expires_at"] if refresh else None,
    }


def _owner(account: str | None) -> str | None:
    """The account's id; LinkedIn's stands at the end of a URN."""
    return account.rpartition(":")[2] if account else None


# Each takes the world and the JSON body. Raises ValueError, TypeError or KeyError for a body that it does not take.
CONTROLS: dict[tuple[str, str], Callable[[World, Any], dict[str, Any]]] = {
    ("GET", "health"): lambda _, __: {},
    ("GET", "counts"): counts,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _change_settings,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "finalised"): _finalised,
    ("POST", "accounts"): _accounts,
    ("POST", "objects"): _objects,
    ("PUT", "objects"): _change_object,
    ("POST", "expire"): _expire,
    ("POST", "tokens"): _tokens,
    **audience.CONTROLS,
    **webhooks.CONTROLS,
}

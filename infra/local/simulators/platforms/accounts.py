"""The people who use the platforms, and their accounts. Any name is a person; some lack what publishing needs."""

from __future__ import annotations

import hashlib
from typing import Any

from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

# People whose accounts are special; everyone else is like Ada.
PEOPLE = {
    "ada": "can publish everywhere",
    "bob": "lacks a page, a channel, an organisation",
}


def accounts_of(world: World, platform: str, person: str) -> list[Object]:
    """The accounts of a person on a platform; they are made when somebody asks first."""
    found = []
    for count, (kind, handle, name, more) in enumerate(_layout(platform, person)):
        account_id = _id(platform, person, count)
        if platform == "youtube":
            account_id = f"UC{hashlib.sha256(account_id.encode()).hexdigest()[:22]}"
        known = world.store.get(account_id, platform, "account")
        body = {"kind": kind, "handle": handle, "name": name, **more}
        found.append(
            known
            or world.store.put(
                Object(
                    id=account_id, platform=platform, kind="account", owner=person, at=world.now(), body=body
                )
            )
        )
    return found


def _layout(platform: str, person: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Kind, handle, name and facts of each account."""
    name, is_bob = person.replace("-", " ").title(), person == "bob"
    handle = person.replace("-", "")
    every = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]
    layouts: dict[str, list[tuple[str, str, str, dict[str, Any]]]] = {
        "facebook": [
            ("person", handle, name, {}),
            ("page", f"{handle}.watches", f"{name} Watches", {"tasks": every}),
            ("page", f"{handle}.museum", f"{name} Museum", {"tasks": ["ANALYZE"]}),
        ],
        "instagram": [
            ("PERSONAL" if is_bob else "BUSINESS", f"{handle}.watches", f"{name} Watches", {}),
        ],
        "twitter": [("user", f"{handle}_watches", f"{name} Watches", {"is_premium": is_bob})],
        "linkedin": [
            ("member", handle, name, {}),
            ("organization", f"{handle}-watches", f"{name} Watches SA", {"role": "ADMINISTRATOR"}),
            ("organization", f"{handle}-museum", f"{name} Museum", {"role": "ANALYST"}),
        ],
        "tiktok": [("creator", f"{handle}.watches", f"{name} Watches", {"comment_disabled": is_bob})],
        "youtube": [("channel", f"@{handle}watches", f"{name} Watches", {})],
    }
    found = layouts[platform]
    if is_bob and platform in {"facebook", "linkedin"}:
        return found[:1]
    return [] if is_bob and platform == "youtube" else found


def _id(platform: str, person: str, count: int) -> str:
    digest = hashlib.sha256(f"{platform}/{person}/{count}".encode()).hexdigest()
    return str(10**14 + int(digest, 16) % (9 * 10**14))

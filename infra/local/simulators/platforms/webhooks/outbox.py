"""Sends webhooks when they are due, signed when they are sent. Some are lost, repeated or late, by their own luck.

A request that is not answered with 200 is sent again, ever later.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import urllib3

from infra.local.simulators.platforms.audience.growth import luck
from infra.local.simulators.platforms.store import Delivery
from infra.local.simulators.platforms.webhooks import signing
from infra.local.simulators.platforms.webhooks.hooks import META, hook_of, http
from infra.local.simulators.platforms.world import World

TRIES = 12
_delivering = threading.Lock()


def add(world: World, platform: str, kind: str, body: bytes) -> None:
    """Write a request down. `kind`: webhook, or deauthorise, which is never lost, repeated or late."""
    settings, digest = world.settings["webhooks"], hashlib.sha256(body).hexdigest()

    def chance(what: str) -> float:
        return luck(settings["seed"], digest, what)

    is_webhook = kind == "webhook"
    is_lost = is_webhook and chance("lost") < settings["lost"]
    copies = 2 if is_webhook and chance("repeated") < settings["repeated"] else 1
    for copy in range(copies):
        late = settings["late_seconds"] * chance(f"late {copy}") if is_webhook else 0.0
        world.store.add_delivery(
            Delivery(
                platform=platform,
                kind=kind,
                body=body,
                due=world.now() + late,
                status="lost" if is_lost else "",
            )
        )


def send_due(world: World) -> int:
    """Send all that is due; returns how many requests were answered with 200."""
    taken = 0
    with _delivering:
        for each in world.store.due_deliveries(world.now()):
            taken += _send(world, each)
            world.store.keep_delivery(each)
    return taken


def again(world: World, number: int) -> int:
    """Send a request once more as it was sent, with the headers of then; returns the status."""
    each = world.store.delivery(number)
    if each is None or not each.headers:
        raise KeyError(number)
    return _post(_url(world, each), each.body, dict(each.headers))


def headers_of(world: World, each: Delivery) -> dict[str, str]:
    """The headers of a request that is sent now."""
    hook = hook_of(world, each.platform) or {}
    if each.kind != "webhook" and each.platform in META:
        return {"Content-Type": "application/x-www-form-urlencoded"}
    signature = (
        {"X-Hub-Signature-256": signing.hub_signature(each.body, str(hook.get("secret", "")))}
        if each.platform in META
        else {
            "TikTok-Signature": signing.tiktok_signature(each.body, str(hook.get("secret", "")), world.now())
        }
    )
    return {"Content-Type": "application/json", **signature}


def shown(each: Delivery) -> dict[str, Any]:
    """A request, for tests."""
    return {
        "number": each.number,
        "platform": each.platform,
        "kind": each.kind,
        "body": each.body.decode(),
        "headers": each.headers,
        "due": each.due,
        "tries": each.tries,
        "status": each.status,
    }


def _url(world: World, each: Delivery) -> str:
    hook = hook_of(world, each.platform) or {}
    name = "deauthorise_url" if each.kind == "deauthorise" and each.platform in META else "url"
    return str(hook.get(name) or "")


def _send(world: World, each: Delivery) -> int:
    each.headers, each.tries = headers_of(world, each), each.tries + 1
    status = _post(_url(world, each), each.body, each.headers)
    if status == 200:
        each.status = "200"
    elif each.tries >= TRIES:
        each.status = f"given up: {status}"
    else:
        each.due = world.now() + 2.0**each.tries
    return int(status == 200)


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; 0 if there is no answer."""
    if not url:
        return 0
    try:
        return int(http.request("POST", url, body=body, headers=headers, redirect=False).status)
    except urllib3.exceptions.HTTPError:
        return 0

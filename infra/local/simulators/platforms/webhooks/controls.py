"""What tests and the demo ask of webhooks and callbacks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import urllib3

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.hosts.meta import subscriptions
from infra.local.simulators.platforms.hosts.meta.instagram_login import account_node
from infra.local.simulators.platforms.webhooks import forms, hooks, outbox, signing, watching
from infra.local.simulators.platforms.world import World

logger = logging.getLogger("simulator")
ROUND_SECONDS = 1.0


def run_for_ever(world: World) -> None:
    """Look and send, round after round, in a thread of its own."""

    def rounds() -> None:
        while True:
            time.sleep(ROUND_SECONDS)
            try:
                watching.look(world)
                outbox.send_due(world)
            except Exception:  # the next round may fare better
                logger.exception("A round of webhooks failed")

    threading.Thread(target=rounds, name="webhooks", daemon=True).start()


def _keep_hook(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    hooks.keep(world, wanted)
    return {}


def _round(world: World, _: Any) -> dict[str, Any]:
    """Write webhooks about what changed, and send what is due."""
    return {"written": watching.look(world), "taken": outbox.send_due(world)}


def _sent(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """All requests, also those that are lost or still to be sent."""
    return {"requests": [outbox.shown(each) for each in world.store.deliveries(wanted.get("platform"))]}


def _again(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    return {"status": outbox.again(world, int(wanted["number"]))}


def _revoke(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """A person takes the application's access away, in the platform's own settings."""
    platform, person = wanted["platform"], wanted["person"]
    with world.store.transaction():
        oauth.revoke(world, platform, person)
        for account in accounts_of(world, platform, person):
            subscriptions.end(world, platform, account.id)
        hook = hooks.hook_of(world, platform) or {}
        if platform == "tiktok" and hook.get("url"):
            creator = accounts_of(world, platform, person)[0].id
            body = forms.access_removed(creator, world.now(), int(wanted.get("reason", 1)))
            outbox.add(world, platform, "webhook", body)
        elif hook.get("deauthorise_url"):
            outbox.add(world, platform, "deauthorise", _form(world, hook, platform, person))
    return {}


def _forget(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """A person asks Meta that the application forgets them; returns what it answers."""
    platform = wanted["platform"]
    hook = hooks.hook_of(world, platform) or {}
    if not hook.get("deletion_url"):
        raise ValueError("The application has not said where it takes requests for deletion.")
    try:
        answer = hooks.http.request(
            "POST",
            hook["deletion_url"],
            body=_form(world, hook, platform, wanted["person"]),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise ValueError(f"The address cannot be reached: {type(error).__name__}") from None
    return {"status": answer.status, "body": answer.data.decode(errors="replace")}


def _form(world: World, hook: Any, platform: str, person: str) -> bytes:
    """The signed request about a person, by the id that the application knows them by."""
    account = accounts_of(world, platform, person)[0]
    user = account.id if platform == "facebook" else account_node(account)["id"]
    payload = {"user_id": user, "algorithm": "HMAC-SHA256", "issued_at": int(world.now())}
    return urlencode({"signed_request": signing.signed_request(payload, hook["secret"])}).encode()


def _unsubscribe(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    subscriptions.end(world, wanted["platform"], wanted["account"])
    return {}


CONTROLS: dict[tuple[str, str], Callable[[World, Any], dict[str, Any]]] = {
    ("PUT", "hooks"): _keep_hook,
    ("POST", "hooks/round"): _round,
    ("POST", "hooks/sent"): _sent,
    ("POST", "hooks/again"): _again,
    ("POST", "revoke"): _revoke,
    ("POST", "forget"): _forget,
    ("POST", "unsubscribe"): _unsubscribe,
}

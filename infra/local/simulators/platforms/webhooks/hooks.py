"""Where the application wants its webhooks and callbacks, by platform. Meta asks the address before it believes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, number

PLATFORMS = ("facebook", "instagram", "tiktok")
META = ("facebook", "instagram")
KIND = "hook"
http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=3, read=15))
_WANTED = {"platform", "url", "verify_token", "secret", "deauthorise_url", "deletion_url"}


def hook_of(world: World, platform: str) -> Mapping[str, Any] | None:
    """What the application set: url, verify_token, secret, deauthorise_url, deletion_url."""
    found = world.store.get(f"{KIND}:{platform}", platform, KIND)
    return found.body if found else None


def keep(world: World, wanted: Mapping[str, Any]) -> None:
    """Set a platform's addresses. Raises ValueError if Meta's question is not answered, KeyError for unknown names."""
    platform = wanted["platform"]
    if platform not in PLATFORMS or (unknown := set(wanted) - _WANTED):
        raise KeyError(platform if platform not in PLATFORMS else min(unknown))
    body = {"secret": oauth.client_secret(platform), **wanted}
    if platform in META and body.get("url"):
        challenge(body["url"], str(body.get("verify_token", "")))
    world.store.put(
        Object(
            id=f"{KIND}:{platform}", platform=platform, kind=KIND, owner=platform, at=world.now(), body=body
        )
    )


def challenge(url: str, verify_token: str) -> None:
    """Ask an address whether it belongs to the application, as Meta does. Raises ValueError."""
    asked = number()
    query = {"hub.mode": "subscribe", "hub.challenge": asked, "hub.verify_token": verify_token}
    try:
        answer = http.request("GET", f"{url}{'&' if '?' in url else '?'}{urlencode(query)}", redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise ValueError(f"The callback address cannot be reached: {type(error).__name__}") from None
    if answer.status != 200 or answer.data.decode(errors="replace") != asked:
        raise ValueError(f"The callback address does not repeat the challenge; it answered {answer.status}.")

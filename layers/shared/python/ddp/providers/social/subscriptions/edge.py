"""The edge `subscribed_apps`, which Facebook's pages and Instagram's accounts both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ddp.errors import Transient
from ddp.providers.social import http, meta, rules
from ddp.providers.social.base import Account, Platform


def subscribe(platform: Platform, account: Account) -> None:
    """Subscribe to the fields of the rules."""
    fields = {"subscribed_fields": ",".join(_wanted(platform))}
    meta.post(meta.graph(platform), _path(account), account.access_token, fields)


def unsubscribe(platform: Platform, account: Account) -> None:
    """End the subscription of the application that the token belongs to."""
    url = f"{meta.graph(platform)}/{_path(account)}"
    http.call("DELETE", url, classify=meta.classify, token=account.access_token)


def listed(platform: Platform, account: Account) -> list[Mapping[str, Any]]:
    """The subscriptions that the account has."""
    given = meta.get(meta.graph(platform), _path(account), account.access_token, {}).get("data")
    if not isinstance(given, list):
        raise Transient("Meta answered something else than a list of subscriptions")
    return [each for each in given if isinstance(each, dict)]


def has_fields(platform: Platform, subscriptions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of the subscriptions has all fields of the rules. One that names no fields has the application's."""
    wanted = set(_wanted(platform))
    return any(wanted <= set(each.get("subscribed_fields", wanted)) for each in subscriptions)


def _path(account: Account) -> str:
    return f"{account.external_account_id}/subscribed_apps"


def _wanted(platform: Platform) -> list[str]:
    fields: list[str] = rules.of(platform)["measuring"]["webhooks"]["fields"]
    return fields

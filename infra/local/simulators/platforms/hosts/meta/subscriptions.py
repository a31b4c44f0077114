"""Which accounts have installed the application, so that webhooks about them are sent.

From developers.facebook.com: Webhooks for Pages (page, subscribed_apps), Instagram Platform webhooks, read in November
2026.
"""

from __future__ import annotations

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.hosts.meta.facebook_login import acts_as
from infra.local.simulators.platforms.hosts.meta.instagram_login import account_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

KIND = "subscription"
_FIELDS = {
    "facebook": {"feed", "mention", "ratings", "videos", "messages", "conversations"},
    "instagram": {"comments", "live_comments", "mentions", "story_insights", "messages"},
}


def fields_of(world: World, platform: str, account: str) -> list[str]:
    """The fields of which an account's webhooks tell."""
    found = world.store.get(_id(platform, account), platform, KIND)
    return list(found.body["fields"]) if found else []


def end(world: World, platform: str, account: str) -> None:
    """The account's webhooks are sent no longer."""
    world.store.delete(_id(platform, account))


def _account(world: World, call: Call, platform: str, account: str) -> str:
    if platform == "instagram":
        return account_of(world, call, account, "instagram_business_basic").id
    if account == "me":
        account = str(graph.token_of(world, platform, call).body.get("page"))
    acts_as(world, call, account, "pages_manage_metadata")
    return account


def _subscribe(world: World, call: Call, platform: str, account: str) -> Answer:
    account = _account(world, call, platform, account)
    names = [str(each) for each in graph.listed(call, "subscribed_fields")]
    if not names:
        raise graph.error("(#100) The parameter subscribed_fields is required.", 100)
    for position, name in enumerate(names):
        if name not in _FIELDS[platform]:
            known = ", ".join(sorted(_FIELDS[platform]))
            raise graph.error(
                f"(#100) Param subscribed_fields[{position}] must be one of {{{known}}} - got {name!r}.", 100
            )
    world.store.put(
        Object(
            id=_id(platform, account),
            platform=platform,
            kind=KIND,
            owner=account,
            at=world.now(),
            body={"fields": names},
        )
    )
    return graph.ok({"success": True})


def _list(world: World, call: Call, platform: str, account: str) -> Answer:
    names = fields_of(world, platform, _account(world, call, platform, account))
    app = (
        {"category": "Business", "link": "https://ddp.example/", "name": "DDP"}
        if platform == "facebook"
        else {}
    )
    found = [{**app, "id": oauth.client_id(platform), "subscribed_fields": names}] if names else []
    return graph.ok({"data": found})


def _unsubscribe(world: World, call: Call, platform: str, account: str) -> Answer:
    end(world, platform, _account(world, call, platform, account))
    return graph.ok({"success": True})


def _id(platform: str, account: str) -> str:
    return f"{KIND}:{platform}:{account}"


ROUTES = [
    route(
        method,
        f"{host}/{{}}/{{}}/subscribed_apps",
        f"{platform}.{name}",
        lambda world, call, _, account, handle=handle, platform=platform: handle(
            world, call, platform, account
        ),
    )
    for platform, host in (("facebook", "graph.facebook.com"), ("instagram", "graph.instagram.com"))
    for method, name, handle in (
        ("POST", "subscribe", _subscribe),
        ("GET", "subscribed", _list),
        ("DELETE", "unsubscribe", _unsubscribe),
    )
]

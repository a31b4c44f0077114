"""Facebook: login, people and their pages, and who may act as a page."""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World, secret

LOGIN = Login(
    platform="facebook",
    separator=",",
    end="#_=_",
    denied={
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
    },
)


def _authorise(world: World, call: Call, _version: str) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _token(world: World, call: Call, _version: str) -> Answer:
    """A short-lived token for a code, or a long-lived one for a token."""
    try:
        oauth.check_client(LOGIN, call.text("client_id"), call.text("client_secret"))
        if call.text("grant_type") == "fb_exchange_token":
            before = world.store.get(call.text("fb_exchange_token"), "facebook", "access")
            if before is None or (before.body["expires_at"] or 0) < world.now():
                raise graph.expired()
            token = oauth.mint(world, LOGIN, before.owner, before.body["scopes"])
        else:
            code = oauth.use_code(world, LOGIN, call)
            token = oauth.mint(world, LOGIN, code.owner, code.body["scopes"], "short")
    except Refused as refused:
        raise graph.of_refusal(refused) from None
    lives = int(token.body["lives"])
    return graph.ok({"access_token": token.id, "token_type": "bearer", "expires_in": lives})


def _me(world: World, call: Call, _version: str) -> Answer:
    token = graph.token_of(world, "facebook", call)
    if page := token.body.get("page"):
        return graph.ok(graph.node(call, page_node(world, page), "Page", otherwise=("name",)))
    person = accounts_of(world, "facebook", token.owner)[0]
    facts = {"id": person.id, "name": person.body["name"]}
    return graph.ok(graph.node(call, facts, "User", otherwise=("name",)))


def _permissions(world: World, call: Call, _version: str) -> Answer:
    token = graph.token_of(world, "facebook", call)
    granted = [{"permission": scope, "status": "granted"} for scope in token.body["scopes"]]
    return graph.ok({"data": granted})


def _revoke(world: World, call: Call, _version: str) -> Answer:
    token = graph.token_of(world, "facebook", call)
    oauth.revoke(world, "facebook", token.owner)
    return graph.ok({"success": True})


def _accounts(world: World, call: Call, _version: str) -> Answer:
    """The pages of a person; each comes with a token of its own, which does not end."""
    token = graph.token_of(world, "facebook", call, "pages_show_list")
    nodes = []
    for page in accounts_of(world, "facebook", token.owner)[1:]:
        facts = page_node(world, page.id) | {"access_token": _page_token(world, token, page.id)}
        usual = ("access_token", "category", "name", "tasks")
        nodes.append(graph.node(call, facts, "Page", otherwise=usual))
    return graph.ok(graph.page_of(call, nodes))


def _page_token(world: World, token: Object, page: str) -> str:
    body = {"scopes": token.body["scopes"], "expires_at": None, "page": page}
    return world.store.put(
        Object(
            id=secret("page", "facebook"),
            platform="facebook",
            kind="access",
            owner=token.owner,
            at=world.now(),
            body=body,
        )
    ).id


def page_node(world: World, page: str) -> dict[str, Any]:
    found = world.store.get(page, "facebook", "account")
    if found is None:
        raise graph.missing(page)
    return {
        "id": page,
        "name": found.body["name"],
        "username": found.body["handle"],
        "category": "Watches",
        "tasks": found.body.get("tasks", []),
        "link": f"https://www.facebook.com/{page}",
        "is_published": True,
        "access_token": None,
    }


def acts_as(world: World, call: Call, page: str, *scopes: str) -> None:
    """Raises PlatformError unless the token of the call is the page's, and its person may create content there."""
    token = graph.token_of(world, "facebook", call, *scopes)
    account = world.store.get(page, "facebook", "account")
    if token.body.get("page") != page or account is None:
        raise graph.error("(#200) The page access token does not belong to this page", 200, status=403)
    if "CREATE_CONTENT" not in account.body.get("tasks", []):
        raise graph.error("(#200) The user has no permission to create content on this page", 200, status=403)


_HOST = "graph.facebook.com/{}"
ROUTES = [
    route("GET", "www.facebook.com/{}/dialog/oauth", "facebook.authorise", _authorise),
    route("POST", "www.facebook.com/{}/dialog/oauth", "facebook.authorise", _authorise),
    route("GET", f"{_HOST}/oauth/access_token", "facebook.token", _token),
    route("POST", f"{_HOST}/oauth/access_token", "facebook.token", _token),
    route("GET", f"{_HOST}/me", "facebook.me", _me),
    route("GET", f"{_HOST}/me/accounts", "facebook.accounts", _accounts),
    route("GET", f"{_HOST}/me/permissions", "facebook.permissions", _permissions),
    route("DELETE", f"{_HOST}/me/permissions", "facebook.revoke", _revoke),
]

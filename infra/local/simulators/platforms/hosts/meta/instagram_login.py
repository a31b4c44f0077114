"""Instagram: its own login, and the account."""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World

LOGIN = Login(
    platform="instagram",
    separator=",",
    end="#_",
    denied={
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "The user denied your request.",
    },
)


def _authorise(world: World, call: Call) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _token(world: World, call: Call) -> Answer:
    """A short-lived token for a code."""
    try:
        oauth.check_client(LOGIN, call.text("client_id"), call.text("client_secret"))
        code = oauth.use_code(world, LOGIN, call)
    except Refused as refused:
        message = "Matching code was not found or was already used"
        if refused.error == "invalid_client":
            message = "Invalid platform app"
        elif "redirect_uri" in refused.description:
            message = "Error validating verification code. Please make sure your redirect_uri is identical"
        raise PlatformError({"error_type": "OAuthException", "code": 400, "error_message": message}) from None
    token = oauth.mint(world, LOGIN, code.owner, code.body["scopes"], "short")
    account = accounts_of(world, "instagram", code.owner)[0]
    given = {"access_token": token.id, "user_id": account.id, "permissions": ",".join(code.body["scopes"])}
    return graph.ok({"data": [given]})


def _long_token(world: World, call: Call) -> Answer:
    if call.text("grant_type") != "ig_exchange_token" or call.text("client_secret") != oauth.client_secret(
        "instagram"
    ):
        raise graph.error("Error validating client secret.", 1)
    return _another(world, call)


def _refresh(world: World, call: Call) -> Answer:
    """Sixty more days for a token that is at least a day old and has not ended."""
    token = graph.token_of(world, "instagram", call)
    if token.at > world.now() - DAY and not token.body.get("is_old"):
        raise graph.error("The access token is less than 24 hours old and cannot be refreshed yet.", 10)
    return _another(world, call)


def _another(world: World, call: Call) -> Answer:
    before = graph.token_of(world, "instagram", call)
    token = oauth.mint(world, LOGIN, before.owner, before.body["scopes"])
    lives = int(token.body["lives"])
    permissions = ",".join(before.body["scopes"])
    return graph.ok(
        {"access_token": token.id, "token_type": "bearer", "expires_in": lives, "permissions": permissions}
    )


def _me(world: World, call: Call, _version: str) -> Answer:
    token = graph.token_of(world, "instagram", call, "instagram_business_basic")
    account = accounts_of(world, "instagram", token.owner)[0]
    return graph.ok(graph.node(call, account_node(account), "IGUser", otherwise=("user_id", "username")))


def account_node(account: Object) -> dict[str, Any]:
    """What can be read of an account."""
    return {
        "id": str(int(account.id) + 7),  # scoped to the application; user_id is the account's
        "user_id": account.id,
        "username": account.body["handle"],
        "name": account.body["name"],
        "account_type": account.body["kind"],
        "profile_picture_url": None,
        "followers_count": 12,
        "follows_count": 3,
        "media_count": 0,
        "biography": None,
    }


def account_of(world: World, call: Call, account_id: str, *scopes: str) -> Object:
    """The account that the token of a call is of, if that is the one named. Raises PlatformError."""
    token = graph.token_of(world, "instagram", call, *scopes)
    account = accounts_of(world, "instagram", token.owner)[0]
    if account_id not in {account.id, "me"}:
        raise graph.missing(account_id)
    return account


_HOST = "graph.instagram.com/{}"
ROUTES = [
    route("GET", "www.instagram.com/oauth/authorize", "instagram.authorise", _authorise),
    route("POST", "www.instagram.com/oauth/authorize", "instagram.authorise", _authorise),
    route("POST", "api.instagram.com/oauth/access_token", "instagram.token", _token),
    route("GET", "graph.instagram.com/access_token", "instagram.long_token", _long_token),
    route("GET", "graph.instagram.com/refresh_access_token", "instagram.refresh", _refresh),
    route("GET", f"{_HOST}/me", "instagram.me", _me),
    route(
        "GET",
        f"{_HOST}/access_token",
        "instagram.long_token",
        lambda world, call, _: _long_token(world, call),
    ),
    route(
        "GET",
        f"{_HOST}/refresh_access_token",
        "instagram.refresh",
        lambda world, call, _: _refresh(world, call),
    ),
]

"""X: login, users, posts, deletion, rates and the bill. Media are in twitter_media.py, reads in twitter_reading.py.

From docs.x.com: OAuth 2.0 authorization code with PKCE, API v2 (manage posts, timelines, users, media), rate limits,
response codes, pricing, read in November 2026.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts import twitter_media, twitter_reading
from infra.local.simulators.platforms.hosts.twitter_media import forbidden, invalid, problem, token_of
from infra.local.simulators.platforms.hosts.twitter_reading import LINK, SHORT, length, node
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number

LOGIN = Login(platform="twitter", needs_pkce=True)
fault_error = twitter_media.fault_error
# In 0.001 US dollars.
PRICE, PRICE_WITH_LINK = 15, 200
WINDOW = 900.0
LONG = 25_000


def _authorise(world: World, call: Call) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _client(call: Call) -> None:
    """Confidential clients say who they are in the header. Raises Refused."""
    kind, _, given = call.headers.get("authorization", "").partition(" ")
    try:
        client, _, client_secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client = client_secret = ""
    if kind != "Basic":
        raise Refused("invalid_client", "Missing valid authorization header")
    oauth.check_client(LOGIN, client, client_secret)


def _token(world: World, call: Call) -> Answer:
    """Tokens for a code or a refresh token, which works once; the refresh token needs the scope offline.access."""
    is_refresh = call.text("grant_type") == "refresh_token"
    try:
        _client(call)
        grant = (
            oauth.use_refresh(world, LOGIN, call.text("refresh_token"), rotates=True)
            if is_refresh
            else oauth.use_code(world, LOGIN, call)
        )
    except Refused as refused:
        if refused.error == "invalid_client":
            body = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
            raise PlatformError(body, 401) from None
        what = "token" if is_refresh else "authorization code"
        text = f"Value passed for the {what} was invalid."
        raise PlatformError({"error": "invalid_request", "error_description": text}, 400) from None
    scopes = grant.body["scopes"]
    access = oauth.mint(world, LOGIN, grant.owner, scopes)
    given = {
        "token_type": "bearer",
        "expires_in": int(access.body["lives"]),
        "access_token": access.id,
        "scope": " ".join(scopes),
    }
    if "offline.access" in scopes:
        given["refresh_token"] = oauth.mint(world, LOGIN, grant.owner, scopes, "refresh").id
    return Answer(body=given)


def _revoke(world: World, call: Call) -> Answer:
    _client(call)
    token = world.store.get(call.text("token"), "twitter", "access", "refresh")
    if token:
        oauth.revoke(world, "twitter", token.owner)
    return Answer(body={"revoked": True})


def _me(world: World, call: Call) -> Answer:
    user = accounts_of(world, "twitter", token_of(world, call, "users.read").owner)[0]
    is_premium = bool(user.body["is_premium"])
    asked = {
        "verified": is_premium,
        "verified_type": "blue" if is_premium else "none",
        "subscription_type": "Premium" if is_premium else "None",
        "profile_image_url": "",
        "protected": False,
        "public_metrics": {"followers_count": 1, "following_count": 1, "tweet_count": 0, "listed_count": 0},
    }
    names = call.text("user.fields").split(",")
    chosen = {name: asked[name] for name in names if name in asked}
    return Answer(
        body={"data": {"id": user.id, "name": user.body["name"], "username": user.body["handle"], **chosen}}
    )


def _post(world: World, call: Call) -> Answer:
    token = token_of(world, call, "tweet.read", "tweet.write", "users.read")
    user = accounts_of(world, "twitter", token.owner)[0]
    text = call.text("text")
    ids = [str(each) for each in (call.fields.get("media") or {}).get("media_ids") or []]
    if call.fields.get("reply"):
        raise forbidden("You are not permitted to reply: the author has not mentioned your account.")
    if not (text or ids):
        raise invalid("text or media is required", text=[text])
    if length(text) > (LONG if user.body["is_premium"] else SHORT):
        raise invalid(
            "Your Tweet text is too long. For more information, see https://developer.x.com", text=[text]
        )
    media = [twitter_media.usable(world, user, each) for each in ids]
    if len(media) > 4 or (len(media) > 1 and any(each.body["category"] != "tweet_image" for each in media)):
        raise invalid("Your media IDs are invalid.", media_ids=ids)
    headers = _take_rate(world, user.id)
    _refuse_duplicate(world, user.id, text, ids)
    has_link = bool(LINK.search(text))
    world.store.use("twitter", "dollars", user.id, world.now(), PRICE_WITH_LINK if has_link else PRICE)
    body: dict[str, Any] = {
        "text": text,
        "media_ids": ids,
        "media": [each.body["facts"] for each in media],
        "media_keys": [each.body["key"] for each in media],
        "alt_texts": [each.body.get("alt_text", "") for each in media],
        "links": {link: f"https://t.co/{secrets.token_urlsafe(7)[:10]}" for link in LINK.findall(text)},
    }
    post = Object(id=number(), platform="twitter", kind="post", owner=user.id, at=world.now(), body=body)
    world.publish(call, post, text=text, media=body["media"])
    return Answer(body={"data": node(post, [])}, status=201, headers=headers)


def _take_rate(world: World, user: str) -> dict[str, str]:
    """Count a post; returns the headers of what is left. Raises PlatformError."""
    since, most = world.now() - WINDOW, world.quota("twitter_posts_per_15_minutes")
    used = world.store.used("twitter", "posts", user, since)
    first = world.store.first_use("twitter", "posts", user, since) or world.now()
    reset = str(int(first + WINDOW))
    headers = {"x-rate-limit-limit": str(most), "x-rate-limit-reset": reset}
    of_all = world.store.used("twitter", "posts", None, world.now() - DAY)
    if used >= most or of_all >= world.quota("twitter_posts_of_application_per_day"):
        raise problem(
            429, "Too Many Requests", "Too Many Requests", headers | {"x-rate-limit-remaining": "0"}
        )
    world.store.use("twitter", "posts", user, world.now())
    return headers | {"x-rate-limit-remaining": str(most - used - 1)}


def _refuse_duplicate(world: World, user: str, text: str, ids: list[str]) -> None:
    for each in world.store.of("twitter", "post", user, limit=50):
        if each.at > world.now() - DAY and each.body["text"] == text and each.body["media_ids"] == ids:
            raise forbidden("You are not allowed to create a Tweet with duplicate content.")


def _delete(world: World, call: Call, post_id: str) -> Answer:
    token = token_of(world, call, "tweet.write")
    post = world.store.get(post_id, "twitter", "post")
    if post is None or post.owner != accounts_of(world, "twitter", token.owner)[0].id:
        raise forbidden("You are not allowed to delete this Tweet.")
    posts.remove(world, post)
    return Answer(body={"data": {"deleted": True}})


ROUTES = [
    route("GET", "x.com/i/oauth2/authorize", "twitter.authorise", _authorise),
    route("POST", "x.com/i/oauth2/authorize", "twitter.authorise", _authorise),
    route("POST", "api.x.com/2/oauth2/token", "twitter.token", _token),
    route("POST", "api.x.com/2/oauth2/revoke", "twitter.revoke", _revoke),
    route("GET", "api.x.com/2/users/me", "twitter.me", _me),
    *twitter_media.ROUTES,
    route("POST", "api.x.com/2/tweets", "twitter.post", _post),
    route("DELETE", "api.x.com/2/tweets/{}", "twitter.delete", _delete),
    *twitter_reading.ROUTES,
]

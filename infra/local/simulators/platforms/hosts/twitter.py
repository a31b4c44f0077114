"""X: login, users, posts, own posts, deletion, rates and the bill. Media are in twitter_media.py.

From docs.x.com: OAuth 2.0 authorization code with PKCE, API v2 (manage posts, timelines, users, media), rate limits,
response codes, pricing, read in November 2026.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from datetime import UTC, datetime
from html import escape
from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts import twitter_media
from infra.local.simulators.platforms.hosts.twitter_media import forbidden, invalid, problem, token_of
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number

LOGIN = Login(platform="twitter", needs_pkce=True)
fault_error = twitter_media.fault_error
# In 0.001 US dollars.
PRICE, PRICE_WITH_LINK, PRICE_READ = 15, 200, 5
WINDOW = 900.0
SHORT, LONG = 280, 25_000
_LINK = re.compile(r"https?://[^\s]+")


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
    has_link = bool(_LINK.search(text))
    world.store.use("twitter", "dollars", user.id, world.now(), PRICE_WITH_LINK if has_link else PRICE)
    body: dict[str, Any] = {
        "text": text,
        "media_ids": ids,
        "media": [each.body["facts"] for each in media],
        "media_keys": [each.body["key"] for each in media],
        "alt_texts": [each.body.get("alt_text", "") for each in media],
        "links": {link: f"https://t.co/{secrets.token_urlsafe(7)[:10]}" for link in _LINK.findall(text)},
    }
    post = Object(id=number(), platform="twitter", kind="post", owner=user.id, at=world.now(), body=body)
    world.publish(call, post, text=text, media=body["media"])
    return Answer(body={"data": _node(post, [])}, status=201, headers=headers)


def length(text: str) -> int:
    """The weighted length: addresses count 23, most letters 1, others 2; code points joined to one emoji count once."""
    rest = re.sub("[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.", "", _LINK.sub("x" * 23, text))
    light = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
    return sum(1 if any(least <= ord(each) <= most for least, most in light) else 2 for each in rest)


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


def _node(post: Object, fields: list[str]) -> dict[str, Any]:
    """A post as the API shows it: media have an address at the end, and a long text is cut off (note_tweet has it)."""
    written = post.body["text"]
    short = written if length(written) <= SHORT else written[: SHORT - 1] + "…"
    shown, urls = _shown(short, post.body["links"])
    note, note_urls = _shown(written, post.body["links"])
    if post.body["media_keys"]:
        shown += f" https://t.co/{post.id[-10:]}"
    asked: dict[str, Any] = {
        "created_at": f"{datetime.fromtimestamp(post.at, UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        "author_id": post.owner,
        "entities": {"urls": urls} if urls else None,
        "attachments": {"media_keys": post.body["media_keys"]} if post.body["media_keys"] else None,
        "note_tweet": {"text": note, "entities": {"urls": note_urls}} if short != written else None,
    }
    chosen = {name: asked[name] for name in fields if asked.get(name)}
    return {"id": post.id, "text": shown, "edit_history_tweet_ids": [post.id], **chosen}


def _shown(written: str, links: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
    """The text with short addresses and with & < > as entities, and where the addresses stand."""
    shown, urls = escape(written, quote=False), []
    for link, short in links.items():
        if (start := shown.find(escape(link, quote=False))) < 0:
            continue
        shown = shown.replace(escape(link, quote=False), short)
        facts = {"start": start, "end": start + len(short), "url": short}
        urls.append(facts | {"expanded_url": link, "display_url": link.partition("://")[2][:25]})
    return shown, urls


def _read(world: World, call: Call, post_id: str) -> Answer:
    token_of(world, call, "tweet.read", "users.read")
    post = world.store.get(post_id, "twitter", "post")
    if post is None:
        detail = f"Could not find tweet with id: [{post_id}]."
        lost = {"value": post_id, "detail": detail, "title": "Not Found Error", "resource_type": "tweet"}
        kind = "https://api.twitter.com/2/problems/resource-not-found"
        return Answer(body={"errors": [lost | {"parameter": "id", "resource_id": post_id, "type": kind}]})
    _charge_reads(world, [post])
    return Answer(body={"data": _node(post, _fields(call))})


def _fields(call: Call) -> list[str]:
    return call.text("tweet.fields").split(",") + (["attachments"] if call.text("expansions") else [])


def _charge_reads(world: World, posts: list[Object]) -> None:
    """Each post is charged once per UTC day."""
    day = world.now() - world.now() % DAY
    for post in posts:
        if not world.store.used("twitter", f"read {post.id}", post.owner, day - 1):
            world.store.use("twitter", f"read {post.id}", post.owner, world.now())
            world.store.use("twitter", "dollars", post.owner, world.now(), PRICE_READ)


def _own(world: World, call: Call, user: str) -> Answer:
    """The posts of a user since `start_time`, the newest first, 5 to 100 at once."""
    token_of(world, call, "tweet.read", "users.read")
    most = int(call.text("max_results") or 10)
    if not 5 <= most <= 100:
        raise invalid(
            f"The `max_results` query parameter value [{most}] is not between 5 and 100", max_results=[most]
        )
    start = call.text("start_time")
    if start and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", start):
        raise invalid("start_time is not RFC 3339", start_time=[start])
    since = datetime.fromisoformat(start).timestamp() if start else 0.0
    posts = [each for each in world.store.of("twitter", "post", user) if each.at >= since]
    skip = int(call.text("pagination_token") or 0)
    shown = posts[skip : skip + most]
    _charge_reads(world, shown)
    meta: dict[str, Any] = {"result_count": len(shown)}
    if not shown:
        return Answer(body={"meta": meta})
    meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
    if skip + most < len(posts):
        meta["next_token"] = str(skip + most)
    media = [
        {"media_key": key, "type": "photo" if key.startswith("3_") else "video"}
        for post in shown
        for key in post.body["media_keys"]
    ]
    includes = {"includes": {"media": media}} if media and "attachments" in call.text("expansions") else {}
    return Answer(body={"data": [_node(each, _fields(call)) for each in shown], **includes, "meta": meta})


def _delete(world: World, call: Call, post_id: str) -> Answer:
    token = token_of(world, call, "tweet.write")
    post = world.store.get(post_id, "twitter", "post")
    if post is None or post.owner != accounts_of(world, "twitter", token.owner)[0].id:
        raise forbidden("You are not allowed to delete this Tweet.")
    world.store.delete(post_id)
    return Answer(body={"data": {"deleted": True}})


ROUTES = [
    route("GET", "x.com/i/oauth2/authorize", "twitter.authorise", _authorise),
    route("POST", "x.com/i/oauth2/authorize", "twitter.authorise", _authorise),
    route("POST", "api.x.com/2/oauth2/token", "twitter.token", _token),
    route("POST", "api.x.com/2/oauth2/revoke", "twitter.revoke", _revoke),
    route("GET", "api.x.com/2/users/me", "twitter.me", _me),
    *twitter_media.ROUTES,
    route("POST", "api.x.com/2/tweets", "twitter.post", _post),
    route("GET", "api.x.com/2/tweets/{}", "twitter.read", _read),
    route("DELETE", "api.x.com/2/tweets/{}", "twitter.delete", _delete),
    route("GET", "api.x.com/2/users/{}/tweets", "twitter.own", _own),
]

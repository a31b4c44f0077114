"""X: posts as the API shows them, read by their ids or as a user's own.

From docs.x.com: API v2 (posts lookup, timelines, data dictionary), read in November 2026.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts import twitter_numbers
from infra.local.simulators.platforms.hosts.twitter_media import invalid, token_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

SHORT = 280
LINK = re.compile(r"https?://[^\s]+")


def length(text: str) -> int:
    """The weighted length: addresses count 23, most letters 1, others 2; code points joined to one emoji count once."""
    rest = re.sub("[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.", "", LINK.sub("x" * 23, text))
    light = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
    return sum(1 if any(least <= ord(each) <= most for least, most in light) else 2 for each in rest)


def node(post: Object, fields: list[str]) -> dict[str, Any]:
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
    token = token_of(world, call, "tweet.read", "users.read")
    headers = twitter_numbers.take_read(world, token.owner)
    post, missing = twitter_numbers.lost(world, post_id, "id")
    if post is None:
        return Answer(body={"errors": [missing]}, headers=headers)
    node, refused = _measured(world, token, post, _fields(world, call))
    twitter_numbers.charge(world, [post])
    errors = {"errors": refused} if refused else {}
    return Answer(body={"data": node, **_includes(world, call, [post]), **errors}, headers=headers)


def _several(world: World, call: Call) -> Answer:
    """Posts by up to 100 ids. What cannot be read stands among the errors, and the others are answered."""
    token = token_of(world, call, "tweet.read", "users.read")
    ids, errors = twitter_numbers.partial(call, twitter_numbers.ids_of(call))
    headers = twitter_numbers.take_read(world, token.owner)
    found, nodes = [], []
    for each in ids:
        post, missing = twitter_numbers.lost(world, each, "ids")
        if post is None:
            errors.append(missing or {})
            continue
        node, refused = _measured(world, token, post, _fields(world, call))
        found.append(post)
        nodes.append(node)
        errors += refused
    twitter_numbers.charge(world, found)
    data = {"data": nodes} if nodes else {}
    told = {"errors": errors} if errors else {}
    return Answer(body={**data, **_includes(world, call, found), **told}, headers=headers)


def _measured(
    world: World, token: Object, post: Object, fields: list[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    is_own = accounts_of(world, "twitter", token.owner)[0].id == post.owner
    numbers, errors = twitter_numbers.metrics(world, post, fields, is_own=is_own)
    return node(post, fields) | numbers, errors


def _includes(world: World, call: Call, found: list[Object]) -> dict[str, Any]:
    if "attachments" not in call.text("expansions"):
        return {}
    media = twitter_numbers.media(world, found, call.text("media.fields").split(","))
    return {"includes": {"media": media}} if media else {}


def _fields(world: World, call: Call) -> list[str]:
    names = call.text("tweet.fields").split(",")
    for name in names:
        if name in world.settings["retired_metrics"]["twitter"]:
            message = f"The `tweet.fields` query parameter value [{name}] is not one of the fields of a Post"
            raise invalid(message, **{"tweet.fields": [name]})
    return names + (["attachments"] if call.text("expansions") else [])


def _own(world: World, call: Call, user: str) -> Answer:
    """The posts of a user since `start_time`, the newest first, 5 to 100 at once."""
    token = token_of(world, call, "tweet.read", "users.read")
    most = int(call.text("max_results") or 10)
    if not 5 <= most <= 100:
        raise invalid(
            f"The `max_results` query parameter value [{most}] is not between 5 and 100", max_results=[most]
        )
    start = call.text("start_time")
    if start and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", start):
        raise invalid("start_time is not RFC 3339", start_time=[start])
    since = datetime.fromisoformat(start).timestamp() if start else 0.0
    found = [each for each in world.store.of("twitter", "post", user) if each.at >= since]
    skip = int(call.text("pagination_token") or 0)
    shown = found[skip : skip + most]
    twitter_numbers.charge(world, shown)
    meta: dict[str, Any] = {"result_count": len(shown)}
    if not shown:
        return Answer(body={"meta": meta})
    meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
    if skip + most < len(found):
        meta["next_token"] = str(skip + most)
    nodes = [_measured(world, token, each, _fields(world, call))[0] for each in shown]
    return Answer(body={"data": nodes, **_includes(world, call, shown), "meta": meta})


ROUTES = [
    route("GET", "api.x.com/2/tweets", "twitter.several", _several),
    route("GET", "api.x.com/2/tweets/{}", "twitter.read", _read),
    route("GET", "api.x.com/2/users/{}/tweets", "twitter.own", _own),
]

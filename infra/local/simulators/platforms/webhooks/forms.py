"""What stands in webhooks: Meta's entries about pages and Instagram accounts, and TikTok's events.

From developers.facebook.com: Webhooks reference (page, feed), Instagram Platform webhooks (comments);
developers.tiktok.com: webhook events, get post status (content posting webhooks), read in November 2026. How Meta tells
of reactions is as others report it: its reference has fields and no sample.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.audience import growth
from infra.local.simulators.platforms.store import Object

_FIRST = ("Ama", "Bruno", "Chiara", "Dai", "Eino", "Fatou", "Goran", "Hina", "Ines", "Jörg")
_LAST = ("Abe", "Baumann", "Costa", "Diop", "Evans", "Fischer", "García", "Hansen")
_REACTIONS = ("love", "haha", "wow", "sorry", "anger")


def entry(account: str, at: float, changes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Meta's entry about one account."""
    return {"id": account, "time": int(at), "changes": list(changes)}


def meta_body(platform: str, entries: Sequence[dict[str, Any]]) -> bytes:
    """A request of Meta's."""
    kind = "page" if platform == "facebook" else "instagram"
    return json.dumps({"object": kind, "entry": list(entries)}).encode()


def feed_change(post: Object, kind: str, verb: str, number: int, at: float) -> dict[str, Any]:
    """A change of a page's feed: a like or another reaction, a comment, a share; `verb` is add or remove."""
    post_id = post.id if "_" in post.id else f"{post.owner}_{post.id}"
    person = _person(post, kind, number)
    value: dict[str, Any] = {
        "from": {"id": person[0], "name": person[1]},
        "post_id": post_id,
        "parent_id": post_id,
        "created_time": int(at),
        "verb": verb,
    }
    if kind in {"like", "reaction"}:
        name = "like" if kind == "like" else _REACTIONS[number % len(_REACTIONS)]
        value |= {"item": "reaction", "reaction_type": name}
    elif kind == "comment":
        comment = f"{post_id.rpartition('_')[2]}_{_number(post, 'comment', number)}"
        value |= {"item": "comment", "comment_id": comment}
        value |= {"message": f"Number {number} likes this watch."} if verb == "add" else {}
    else:
        value |= {"item": "share", "share_id": _number(post, "share", number)}
    return {"field": "feed", "value": value}


def removed_change(post: Object, at: float) -> dict[str, Any]:
    """A change of a page's feed: a post is no longer there."""
    post_id = post.id if "_" in post.id else f"{post.owner}_{post.id}"
    item = "video" if post.body.get("was") == "video" else "post"
    value = {
        "item": item,
        "verb": "remove",
        "post_id": post_id,
        "from": {"id": post.owner},
        "created_time": int(at),
    }
    return {"field": "feed", "value": value}


def comment_change(post: Object, number: int) -> dict[str, Any]:
    """A comment on a medium of Instagram's."""
    person = _person(post, "comment", number)
    value = {
        "from": {"id": person[0], "username": person[1].lower().replace(" ", ".")},
        "media": {"id": post.id, "media_product_type": post.body["product"]},
        "id": _number(post, "comment", number),
        "text": f"Number {number} likes this watch.",
    }
    return {"field": "comments", "value": value}


def tiktok_body(event: str, account: str, at: float, content: dict[str, Any]) -> bytes:
    """An event of TikTok's; its content is JSON in a text."""
    body = {
        "client_key": oauth.client_id("tiktok"),
        "event": event,
        "create_time": int(at),
        "user_openid": account,
        "content": json.dumps(content),
    }
    return json.dumps(body).encode()


def access_removed(account: str, at: float, reason: int) -> bytes:
    """TikTok's event about access that ended. `reason`: 1, the person disconnected; 5, the application gave it back."""
    return tiktok_body("authorization.removed", account, at, {"reason": reason})


def _person(post: Object, kind: str, number: int) -> tuple[str, str]:
    position = int(growth.luck(0, post.id, kind, str(number)) * len(_FIRST) * len(_LAST))
    return _number(post, kind, number), f"{_FIRST[position % len(_FIRST)]} {_LAST[position // len(_FIRST)]}"


def _number(post: Object, kind: str, number: int) -> str:
    return str(10**15 + int(growth.luck(1, post.id, kind, str(number)) * 9 * 10**15))

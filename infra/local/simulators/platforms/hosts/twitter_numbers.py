"""X: posts by their ids, with public and private metrics, and what reading costs.

From docs.x.com: Posts lookup (`GET /2/tweets`), metrics, partial errors, rate limits, pricing, read in November 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Call
from infra.local.simulators.platforms.hosts.twitter_media import invalid, problem
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World

MOST_IDS = 100
PRICE_READ = 5  # in 0.001 US dollars
WINDOW = 900.0
PRIVATE_DAYS = 30
_PROBLEMS = "https://api.twitter.com/2/problems"


def ids_of(call: Call) -> list[str]:
    """The ids that are asked for, once each. Raises PlatformError."""
    ids = [each for each in call.text("ids").split(",") if each]
    if not 1 <= len(ids) <= MOST_IDS:
        message = (
            f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and 100"
        )
        raise invalid(message, ids=ids)
    for each in ids:
        if not each.isdigit() or len(each) > 19:
            message = f"The `ids` query parameter value [{each}] is not valid"
            raise invalid(message, ids=ids)
    return list(dict.fromkeys(ids))


def lost(world: World, post_id: str, parameter: str) -> tuple[Object | None, dict[str, Any] | None]:
    """A post that can be read; or the error that says why it cannot be."""
    post = posts.alive(world, "twitter", post_id)
    facts = {
        "value": post_id,
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": post_id,
    }
    if post is None:
        detail = f"Could not find tweet with {parameter}: [{post_id}]."
        kind = f"{_PROBLEMS}/resource-not-found"
        return None, facts | {"detail": detail, "title": "Not Found Error", "type": kind}
    if posts.is_private(world, post):
        detail = f"Sorry, you are not authorized to see the Tweet with {parameter}: [{post_id}]."
        kind = f"{_PROBLEMS}/not-authorized-for-resource"
        return None, facts | {
            "detail": detail,
            "title": "Authorization Error",
            "section": "data",
            "type": kind,
        }
    return post, None


def metrics(
    world: World, post: Object, fields: Sequence[str], *, is_own: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The metrics of a post that are asked for, and errors for those that may not be read (any longer)."""
    counters = telling.told(world, post, telling.COUNTERS) or {}
    found: dict[str, Any] = {}
    if "public_metrics" in fields:
        quotes = counters["share"] // 5
        found["public_metrics"] = {
            "retweet_count": counters["share"] - quotes,
            "reply_count": counters["comment"],
            "like_count": counters["like"],
            "quote_count": quotes,
            "bookmark_count": counters["save"],
            "impression_count": counters["view"],
        }
    insights = telling.told(world, post, telling.INSIGHTS) or counters
    clicks = {
        "impression_count": counters["view"],
        "url_link_clicks": insights["click"],
        "user_profile_clicks": insights["follow"] * 3,
    }
    engaged = sum(counters[each] for each in ("like", "comment", "share"))
    reposts = counters["share"] - counters["share"] // 5
    organic = {"like_count": counters["like"], "reply_count": counters["comment"], "retweet_count": reposts}
    known = {"non_public_metrics": clicks | {"engagements": engaged}, "organic_metrics": clicks | organic}
    private = {name: known[name] for name in known if name in fields}
    if is_own and world.now() <= post.at + PRIVATE_DAYS * DAY:
        return found | private, []
    return found, [_forbidden(post, f"{name}.{each}") for name in private for each in private[name]]


def _forbidden(post: Object, name: str) -> dict[str, Any]:
    detail = f"Sorry, you are not authorized to access '{name}' on the Tweet with ids : [{post.id}]."
    return {
        "resource_type": "tweet",
        "field": name,
        "parameter": "ids",
        "resource_id": post.id,
        "title": "Field Authorization Error",
        "section": "data",
        "detail": detail,
        "value": post.id,
        "type": f"{_PROBLEMS}/not-authorized-for-field",
    }


def media(world: World, found: Sequence[Object], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The media of posts; videos have views of their own."""
    listed = []
    for post in found:
        for key in post.body["media_keys"]:
            node: dict[str, Any] = {"media_key": key, "type": "photo" if key.startswith("3_") else "video"}
            if "public_metrics" in fields and node["type"] == "video":
                counters = telling.told(world, post, telling.COUNTERS) or {}
                node["public_metrics"] = {"view_count": counters["view"]}
            listed.append(node)
    return listed


def charge(world: World, found: Sequence[Object]) -> None:
    """Each post is charged once per UTC day."""
    day = world.now() - world.now() % DAY
    for post in found:
        if not world.store.used("twitter", f"read {post.id}", post.owner, day - 1):
            world.store.use("twitter", f"read {post.id}", post.owner, world.now())
            world.store.use("twitter", "dollars", post.owner, world.now(), PRICE_READ)


def take_read(world: World, user: str) -> dict[str, str]:
    """Count a call that reads; returns the headers of what is left. Raises PlatformError."""
    since, most = world.now() - WINDOW, world.quota("twitter_reads_per_15_minutes")
    used = world.store.used("twitter", "reads", user, since)
    first = world.store.first_use("twitter", "reads", user, since) or world.now()
    headers = {"x-rate-limit-limit": str(most), "x-rate-limit-reset": str(int(first + WINDOW))}
    if used >= most:
        left = headers | {"x-rate-limit-remaining": "0"}
        raise problem(429, "Too Many Requests", "Too Many Requests", left)
    world.store.use("twitter", "reads", user, world.now())
    return headers | {"x-rate-limit-remaining": str(most - used - 1)}


def partial(call: Call, ids: list[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids that are answered, and errors for the rest: all of them, unless a fault wants a partial answer."""
    if not call.is_partial:
        return ids, []
    kept, left_out = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    return kept, [
        {
            "value": each,
            "resource_id": each,
            "resource_type": "tweet",
            "parameter": "ids",
            "title": "Service Unavailable",
            "detail": f"Could not load the Tweet with ids: [{each}].",
            "type": f"{_PROBLEMS}/resource-unavailable",
        }
        for each in left_out
    ]

"""LinkedIn: statistics of an organisation's posts, of a member's posts (one metric a call), and reactions by kind.

From learn.microsoft.com/linkedin: organization share statistics, member post statistics, social metadata, reactions and
social actions (versions 2026-03 to 2026-10), read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience import posts, telling
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.linkedin_media import denied, error, token_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

_LIST = re.compile(r"List\(([^)]*)\)")
_ENTITY = re.compile(r"\((share|ugc):(urn:li:(?:share|ugcPost):[^)]+)\)")
# How reactions other than a like are spread.
_KINDS = (("PRAISE", 0.5), ("EMPATHY", 0.2), ("INTEREST", 0.15), ("APPRECIATION", 0.1))
_REST = "ENTERTAINMENT"
# A member's metrics, and the version since which there are those that came later.
_METRICS: dict[str, tuple[int, Callable[[dict[str, int]], int]]] = {
    "IMPRESSION": (0, lambda counts: counts["view"]),
    "MEMBERS_REACHED": (0, lambda counts: counts["reach"]),
    "RESHARE": (0, lambda counts: counts["share"]),
    "REACTION": (0, lambda counts: counts["like"] + counts["reaction"]),
    "COMMENT": (0, lambda counts: counts["comment"]),
    "POST_SAVE": (202604, lambda counts: counts["save"]),
    "LINK_CLICKS": (202604, lambda counts: counts["click"]),
    "FOLLOWER_GAINED_FROM_CONTENT": (202604, lambda counts: counts["follow"]),
}
# Before this version the metric's name is the value of a member with a long name.
PLAIN_NAMES = 202605
_LONG_NAME = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1"


def listed(call: Call, name: str) -> list[str]:
    """A list of the protocol's version 2: List(a,b)."""
    match = _LIST.fullmatch(call.text(name))
    return [each for each in match[1].split(",") if each] if match else []


def _share_statistics(world: World, call: Call) -> Answer:
    """Statistics of an organisation's posts since they were published. Posts without any activity are left out."""
    token = token_of(world, call, "rw_organization_admin")
    organization = call.text("organizationalEntity")
    _administers(world, token, organization)
    if call.text("q") != "organizationalEntity":
        raise error(400, "ILLEGAL_ARGUMENT", "Finder name has to be organizationalEntity")
    elements = []
    for name, member in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in listed(call, name):
            if not urn.startswith(f"urn:li:{member}:"):
                raise error(400, "PARAM_INVALID", f"Invalid query parameters passed to request: {name}")
            statistics = _statistics(world, urn, organization)
            if statistics:
                shown = {"totalShareStatistics": statistics, "organizationalEntity": organization}
                elements.append(shown | {member: urn})
    if call.is_partial:
        elements = elements[: len(elements) // 2]
    paging = {"start": 0, "count": 10, "links": []}
    return Answer(body={"paging": paging, "elements": elements})


def _administers(world: World, token: Object, organization: str) -> None:
    mine = {each.id: each for each in accounts_of(world, "linkedin", token.owner)[1:]}
    found = mine.get(organization.rpartition(":")[2])
    if found is None or found.body.get("role") != "ADMINISTRATOR" or found.body.get("private"):
        raise denied("organizationalEntityShareStatistics.FINDER-organizationalEntity")


def _statistics(world: World, urn: str, organization: str) -> dict[str, Any] | None:
    post = posts.alive(world, "linkedin", urn)
    if post is None or post.body["author"] != organization:
        return None
    counts = telling.told(world, post, telling.INSIGHTS)
    if not counts or not any(counts.values()):
        return None
    reactions = counts["like"] + counts["reaction"]
    engaged = reactions + counts["comment"] + counts["share"] + counts["click"]
    return {
        "uniqueImpressionsCount": counts["reach"],
        "shareCount": counts["share"],
        "engagement": engaged / max(counts["view"], 1),
        "clickCount": counts["click"],
        "likeCount": reactions,
        "impressionCount": counts["view"],
        "commentCount": counts["comment"],
    }


def _member_statistics(world: World, call: Call) -> Answer:
    """One metric of one post of the member's, or none if LinkedIn has not computed it yet."""
    token = token_of(world, call, "r_member_postAnalytics")
    member = accounts_of(world, "linkedin", token.owner)[0]
    version = int(call.headers["linkedin-version"][:6])
    known = {name: how for name, (since, how) in _METRICS.items() if version >= since}
    entity, name = _ENTITY.fullmatch(call.text("entity")), call.text("queryType")
    if call.text("q") != "entity" or entity is None:
        raise error(400, "PARAM_INVALID", "Invalid query parameters passed to request: entity")
    if name not in known or name in world.settings["retired_metrics"]["linkedin"]:
        raise error(400, "PARAM_INVALID", "Invalid query parameters passed to request: queryType")
    if call.text("aggregation") not in {"", "TOTAL"}:
        raise error(400, "PARAM_INVALID", "The simulator knows the aggregation TOTAL only.")
    post = posts.alive(world, "linkedin", entity[2])
    if post is None:
        raise error(404, "NOT_FOUND", f"Could not find entity {entity[2]}")
    if post.owner != member.id or member.body.get("private"):
        raise denied("memberCreatorPostAnalytics.FINDER-entity")
    counts = telling.told(world, post, telling.INSIGHTS)
    shown = [] if counts is None else [
        {
            "targetEntity": {entity[1]: post.id},
            "metricType": name if version >= PLAIN_NAMES else {_LONG_NAME: name},
            "count": known[name](counts),
        }
    ]  # fmt: skip
    return Answer(body={"paging": {"start": 0, "count": 10, "links": []}, "elements": shown})


def _metadata(world: World, call: Call, urn: str) -> Answer:
    token = token_of(world, call)
    return Answer(body=_metadata_of(world, token, urn))


def _several_metadata(world: World, call: Call) -> Answer:
    """Social metadata of several posts: those that cannot be had stand among the errors."""
    token = token_of(world, call)
    results, errors = {}, {}
    urns = listed(call, "ids")
    for urn in urns[: len(urns) // 2] if call.is_partial else urns:
        post = posts.alive(world, "linkedin", urn)
        if post is None:
            errors[urn] = {"status": 404, "code": "NOT_FOUND", "message": f"Could not find entity {urn}"}
        else:
            results[urn] = _metadata_of(world, token, urn)
    statuses = dict.fromkeys(results, 200) | dict.fromkeys(errors, 404)
    return Answer(body={"results": results, "statuses": statuses, "errors": errors})


def _readable(world: World, token: Object, urn: str, resource: str) -> tuple[Object, dict[str, int]]:
    post = posts.alive(world, "linkedin", urn)
    if post is None:
        raise error(404, "NOT_FOUND", f"Could not find entity {urn}")
    scope = "r_organization_social" if "organization" in post.body["author"] else "r_member_social"
    if scope not in token.body["scopes"] or posts.is_private(world, post):
        raise denied(f"{resource}.GET")
    return post, telling.told(world, post, telling.COUNTERS) or {}


def _metadata_of(world: World, token: Object, urn: str) -> dict[str, Any]:
    _, counts = _readable(world, token, urn, "partnerApiSocialMetadata")
    spread = [(name, int(counts["reaction"] * share)) for name, share in _KINDS]
    rest = counts["reaction"] - sum(count for _, count in spread)
    kinds = [("LIKE", counts["like"]), *spread, (_REST, rest)]
    return {
        "reactionSummaries": {name: {"reactionType": name, "count": count} for name, count in kinds if count},
        "commentsState": "OPEN",
        "commentSummary": {"count": counts["comment"], "topLevelCount": counts["comment"]},
        "entity": urn,
    }


def _social_actions(world: World, call: Call, urn: str) -> Answer:
    """The sums of likes (which are all reactions) and comments."""
    post, counts = _readable(world, token_of(world, call), urn, "partnerApiSocialActions")
    reactions = counts["like"] + counts["reaction"]
    likes = {"totalLikes": reactions, "aggregatedTotalLikes": reactions, "likedByCurrentUser": False}
    comments = {
        "totalFirstLevelComments": counts["comment"],
        "aggregatedTotalComments": counts["comment"],
        "commentsState": "OPEN",
    }
    activity = f"urn:li:activity:{post.id.rpartition(':')[2]}"
    return Answer(body={"likesSummary": likes, "commentsSummary": comments, "$URN": urn, "target": activity})


_API = "api.linkedin.com/rest"
ROUTES = [
    route("GET", f"{_API}/organizationalEntityShareStatistics", "linkedin.statistics", _share_statistics),
    route("GET", f"{_API}/memberCreatorPostAnalytics", "linkedin.member_statistics", _member_statistics),
    route("GET", f"{_API}/socialMetadata", "linkedin.metadata", _several_metadata),
    route("GET", f"{_API}/socialMetadata/{{}}", "linkedin.metadata", _metadata),
    route("GET", f"{_API}/socialActions/{{}}", "linkedin.social_actions", _social_actions),
]

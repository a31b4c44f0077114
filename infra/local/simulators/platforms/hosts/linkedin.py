"""LinkedIn: login, members and organisations, posts, comments. Images and videos are in linkedin_media.py.

From learn.microsoft.com/linkedin: authorization code flow, programmatic refresh tokens, Posts API, Images API, Videos
API, organization access control, Comments API, versioning and error handling, read in November 2026.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from infra.local.simulators.platforms.audience import posts
from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts import linkedin_access, linkedin_media, linkedin_numbers
from infra.local.simulators.platforms.hosts.linkedin_media import acts_as, denied, error, token_of
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number

fault_error = linkedin_media.fault_error
LONGEST = 3_000


def plain(little: str) -> str:
    """A text in `little` format as readers see it. An unescaped reserved character cuts the rest off, silently."""
    shown, rest = [], re.sub(r"\{hashtag\|\\?#\|([^}]*)\}", r"\\#\1", little)
    rest = re.sub(r"@\[([^\]]*)\]\(urn:li:[^)]*\)", r"\1", rest)
    position = 0
    while position < len(rest):
        each = rest[position]
        if each == "\\" and position + 1 < len(rest):
            position += 1
            each = rest[position]
        elif each in "|{}@[]()<>*_~\\" or (each == "#" and not re.match(r"#\w", rest[position:])):
            break
        shown.append(each)
        position += 1
    return "".join(shown)


def _post(world: World, call: Call) -> Answer:
    author = call.text("author")
    owner = acts_as(world, call, author, token_of(world, call))
    text, content = plain(call.text("commentary")), call.fields.get("content") or {}
    if len(text) > LONGEST:
        raise error(422, "UNPROCESSABLE_ENTITY", f"commentary exceeds the maximum of {LONGEST} characters")
    for name in ("visibility", "distribution", "lifecycleState"):
        if not call.fields.get(name):
            raise error(
                422, "MISSING_FIELD", f"/{name} :: field is required but not found and has no default value"
            )
    if call.text("lifecycleState") != "PUBLISHED":
        raise error(422, "INVALID_VALUE", "lifecycleState has to be PUBLISHED when a post is created")
    media = linkedin_media.of_content(world, author, content)
    _refuse_duplicate(world, owner, text, content)
    kind = "ugcPost" if "multiImage" in content or any(each.body["is_video"] for each in media) else "share"
    body: dict[str, Any] = {
        "author": author,
        "commentary": call.text("commentary"),
        "text": text,
        "content": content,
        "visibility": call.text("visibility"),
        "media": [each.body["facts"] for each in media],
        "alt_texts": linkedin_media.alt_texts(content),
    }
    post = Object(
        id=f"urn:li:{kind}:{number()}",
        platform="linkedin",
        kind="post",
        owner=owner,
        at=world.now(),
        body=body,
    )
    world.publish(call, post, text=text, media=body["media"])
    return Answer(status=201, headers={"x-restli-id": post.id, "x-linkedin-id": post.id})


def _refuse_duplicate(world: World, owner: str, text: str, content: dict[str, Any]) -> None:
    for each in world.store.of("linkedin", "post", owner, limit=20):
        if (
            each.at > world.now() - DAY
            and text
            and each.body["text"] == text
            and each.body["content"] == content
        ):
            raise error(422, "DUPLICATE_POST", f"Content is a duplicate of {each.id}")


def _node(post: Object) -> dict[str, Any]:
    at = int(post.at * 1_000)
    return {
        "id": post.id,
        "author": post.body["author"],
        "commentary": post.body["commentary"],
        "content": post.body["content"],
        "visibility": post.body["visibility"],
        "createdAt": at,
        "publishedAt": at,
        "lastModifiedAt": at,
        "lifecycleState": "PUBLISHED",
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "isReshareDisabledByAuthor": False,
        "lifecycleStateInfo": {"isEditedByAuthor": False},
    }


def _list(world: World, call: Call) -> Answer:
    """The posts of an organisation, the newest first; those of members may be read by few applications only."""
    author = call.text("author")
    scope = "r_organization_social" if "organization" in author else "r_member_social"
    token_of(world, call, scope)
    found = world.store.of("linkedin", "post", author.rpartition(":")[2])
    start, count = int(call.text("start") or 0), int(call.text("count") or 10)
    paging = {"start": start, "count": count, "links": [], "total": len(found)}
    return Answer(body={"elements": [_node(each) for each in found[start : start + count]], "paging": paging})


def _read(world: World, call: Call, urn: str) -> Answer:
    token = token_of(world, call)
    post = posts.alive(world, "linkedin", urn)
    if post is None:
        raise error(404, "NOT_FOUND", f"Could not find entity {urn}")
    scope = "r_organization_social" if "organization" in post.body["author"] else "r_member_social"
    if scope not in token.body["scopes"]:
        raise denied(f"partnerApiPostsExternal.GET.{datetime.fromtimestamp(world.now(), UTC):%Y%m%d}")
    return Answer(body=_node(post))


def _delete(world: World, call: Call, urn: str) -> Answer:
    token = token_of(world, call)
    if post := world.store.get(urn, "linkedin", "post"):
        acts_as(world, call, post.body["author"], token)
        posts.remove(world, post)
    return Answer(status=204)


def _comment(world: World, call: Call, urn: str) -> Answer:
    post = world.store.get(urn, "linkedin", "post")
    if post is None:
        raise error(404, "NOT_FOUND", f"Could not find entity {urn}")
    actor = call.text("actor")
    acts_as(world, call, actor, token_of(world, call))
    text = (call.fields.get("message") or {}).get("text", "")
    if not 0 < len(text) <= 1_250:
        raise error(400, "INVALID_VALUE", "message.text has 1 to 1,250 characters")
    comment = Object(
        id=number(),
        platform="linkedin",
        kind="comment",
        owner=urn,
        at=world.now(),
        body={"text": text, "actor": actor},
    )
    world.publish(call, comment, text=text)
    return Answer(body=_comment_node(comment), status=201, headers={"x-restli-id": comment.id})


def _comment_node(comment: Object) -> dict[str, Any]:
    activity = f"urn:li:activity:{comment.owner.rpartition(':')[2]}"
    return {
        "actor": comment.body["actor"],
        "commentUrn": f"urn:li:comment:({activity},{comment.id})",
        "created": {"actor": comment.body["actor"], "time": int(comment.at * 1_000)},
        "id": comment.id,
        "message": {"attributes": [], "text": comment.body["text"]},
        "object": activity,
    }


def _comments(world: World, call: Call, urn: str) -> Answer:
    token_of(world, call, "r_organization_social")
    found = world.store.of("linkedin", "comment", urn)
    paging = {"start": 0, "count": 10, "links": [], "total": len(found)}
    return Answer(body={"elements": [_comment_node(each) for each in found[::-1]], "paging": paging})


_API = "api.linkedin.com/rest"
ROUTES = [
    *linkedin_access.ROUTES,
    *linkedin_media.ROUTES,
    *linkedin_numbers.ROUTES,
    route("POST", f"{_API}/posts", "linkedin.post", _post),
    route("GET", f"{_API}/posts", "linkedin.list", _list),
    route("GET", f"{_API}/posts/{{}}", "linkedin.read", _read),
    route("DELETE", f"{_API}/posts/{{}}", "linkedin.delete", _delete),
    route("POST", f"{_API}/socialActions/{{}}/comments", "linkedin.comment_call", _comment),
    route("GET", f"{_API}/socialActions/{{}}/comments", "linkedin.comments", _comments),
]

"""TikTok: login, the creator, what became of a post, and the errors of API v2."""

from __future__ import annotations

import secrets
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.oauth import Login, Refused, TokenProblem, holder
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.webhooks import forms, hooks, outbox
from infra.local.simulators.platforms.world import World

LOGIN = Login(
    platform="tiktok",
    client="client_key",
    separator=",",
    denied={"error": "access_denied", "error_description": "The user denied the request."},
)
PRIVACY = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]


def error(code: str, message: str, status: int) -> PlatformError:
    """An error of API v2."""
    return PlatformError(
        {"error": {"code": code, "message": message, "log_id": secrets.token_hex(16).upper()}}, status
    )


def fault_error(kind: FaultKind) -> PlatformError:
    """The error of a fault."""
    if kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        return error("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", 429)
    if kind is FaultKind.TOKEN_EXPIRED:
        return _invalid_token()
    return error("internal_error", "Something is wrong. Please try again later.", 500)


def _invalid_token() -> PlatformError:
    message = "The access token is invalid or not found in the request."
    return error("access_token_invalid", message, 401)


def ok(data: dict[str, Any]) -> Answer:
    """An answer with data."""
    fine = {"code": "ok", "message": "", "log_id": secrets.token_hex(16).upper()}
    return Answer(body={"data": data, "error": fine})


def _authorise(world: World, call: Call) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _token(world: World, call: Call) -> Answer:
    """Tokens for a code or a refresh token. The old refresh token stops working."""
    try:
        oauth.check_client(LOGIN, call.text("client_key"), call.text("client_secret"))
        if call.text("grant_type") == "refresh_token":
            grant = oauth.use_refresh(world, LOGIN, call.text("refresh_token"), rotates=True)
        elif call.text("grant_type") == "authorization_code":
            grant = oauth.use_code(world, LOGIN, call)
        else:
            raise Refused("invalid_request", "The request parameters are malformed.")
    except Refused as refused:
        log_id = secrets.token_hex(16).upper()
        body = {"error": refused.error, "error_description": refused.description, "log_id": log_id}
        # TikTok answers some of these with status 200.
        raise PlatformError(body, 200 if refused.error == "invalid_request" else 400) from None
    scopes = grant.body["scopes"]
    access = oauth.mint(world, LOGIN, grant.owner, scopes)
    refresh = oauth.mint(world, LOGIN, grant.owner, scopes, "refresh")
    return Answer(
        body={
            "access_token": access.id,
            "expires_in": int(access.body["lives"]),
            "open_id": creator_of(world, access).id,
            "refresh_expires_in": int(refresh.body["lives"]),
            "refresh_token": refresh.id,
            "scope": ",".join(scopes),
            "token_type": "Bearer",
        }
    )


def _revoke(world: World, call: Call) -> Answer:
    token = world.store.get(call.text("token"), "tiktok", "access")
    if token:
        creator = creator_of(world, token).id
        oauth.revoke(world, "tiktok", token.owner)
        if (hooks.hook_of(world, "tiktok") or {}).get("url"):
            outbox.add(world, "tiktok", "webhook", forms.access_removed(creator, world.now(), 5))
    return Answer(body={})


def creator_of(world: World, token: Object) -> Object:
    """Whose token it is."""
    return accounts_of(world, "tiktok", token.owner)[0]


def token_of(world: World, call: Call, *scopes: str) -> Object:
    """The token of a call. Raises PlatformError."""
    try:
        return holder(world, "tiktok", call.token, *scopes)
    except TokenProblem as problem:
        if problem.kind == "scope":
            raise error(
                "scope_not_authorized", "The user did not authorize the scope required.", 401
            ) from None
        raise _invalid_token() from None


def status_of(world: World, post: Object) -> dict[str, Any]:
    """What TikTok says of a post."""
    if post.body["failed"]:
        return {"status": "FAILED", "fail_reason": post.body["failed"], "uploaded_bytes": post.body["got"]}
    ready = post.body["ready_at"]
    if ready is None or world.now() < ready:
        working = "PROCESSING_UPLOAD" if post.body["kind"] == "video" else "PROCESSING_DOWNLOAD"
        counted = "uploaded_bytes" if post.body["kind"] == "video" else "downloaded_bytes"
        return {"status": working, counted: post.body["got"]}
    # Their spelling. The id is told of public posts only, after moderation.
    is_told = post.kind != "removed" and is_public(world, post)
    told = {"publicaly_available_post_id": [int(post.body["video"])]} if is_told else {}
    return {"status": "PUBLISH_COMPLETE", "uploaded_bytes": post.body["got"], **told}


def is_public(world: World, post: Object) -> bool:
    """Whether a published post has passed moderation, and everyone may see it."""
    moderated_at = post.body["ready_at"] + world.settings["processing_seconds"]["moderation"]
    is_for_everyone: bool = post.body["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
    return is_for_everyone and world.now() >= moderated_at


def _user(world: World, call: Call) -> Answer:
    creator = creator_of(world, token_of(world, call, "user.info.basic"))
    facts = {
        "open_id": creator.id,
        "union_id": f"u-{creator.id}",
        "avatar_url": "",
        "display_name": creator.body["name"],
        "username": creator.body["handle"],
    }
    names = call.text("fields").split(",")
    if unknown := [name for name in names if name not in facts]:
        raise error("invalid_params", f"Invalid fields: {', '.join(unknown)}", 400)
    if "username" in names:
        token_of(world, call, "user.info.profile")
    return ok({"user": {name: facts[name] for name in names}})


def _creator_info(world: World, call: Call) -> Answer:
    creator = creator_of(world, token_of(world, call, "video.publish"))
    is_closed = bool(creator.body["comment_disabled"])
    return ok(
        {
            "creator_avatar_url": "https://p16-sign.tiktokcdn.com/avatar.webp",
            "creator_username": creator.body["handle"],
            "creator_nickname": creator.body["name"],
            "privacy_level_options": PRIVACY,
            "comment_disabled": is_closed,
            "duet_disabled": is_closed,
            "stitch_disabled": is_closed,
            "max_video_post_duration_sec": 600,
        }
    )


_API = "open.tiktokapis.com/v2"
ROUTES = [
    route("GET", "www.tiktok.com/v2/auth/authorize", "tiktok.authorise", _authorise),
    route("POST", "www.tiktok.com/v2/auth/authorize", "tiktok.authorise", _authorise),
    route("POST", f"{_API}/oauth/token", "tiktok.token", _token),
    route("POST", f"{_API}/oauth/revoke", "tiktok.revoke", _revoke),
    route("GET", f"{_API}/user/info", "tiktok.user", _user),
    route("POST", f"{_API}/post/publish/creator_info/query", "tiktok.creator_info", _creator_info),
]

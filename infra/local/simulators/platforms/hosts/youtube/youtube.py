"""YouTube: Google's login, channels, resumable uploads, videos, comments.

From developers.google.com: OAuth 2.0 for web server applications; YouTube Data API v3 (resumable uploads, videos,
channels, playlistItems, commentThreads, errors) and its discovery document of 2026-11-04.
"""

from __future__ import annotations

import secrets
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms import oauth
from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.youtube import uploads, videos
from infra.local.simulators.platforms.hosts.youtube.google import error, spend, time_text, token_of
from infra.local.simulators.platforms.oauth import Login, Refused
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

LOGIN = Login(platform="youtube", needs_pkce=False)


def fault_error(kind: FaultKind) -> PlatformError:
    """The error of a fault."""
    if kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        return error("rateLimitExceeded", "Quota exceeded for quota metric 'Queries' per minute.", 429)
    if kind is FaultKind.TOKEN_EXPIRED:
        return error("authError", "Invalid Credentials", 401)
    return error("backendError", "Backend Error", 503)


def _authorise(world: World, call: Call) -> Answer:
    return oauth.authorise(world, call, LOGIN)


def _token(world: World, call: Call) -> Answer:
    """Tokens for a code or for a refresh token, which stays as it is."""
    try:
        oauth.check_client(LOGIN, call.text("client_id"), call.text("client_secret"))
        if call.text("grant_type") == "refresh_token":
            grant = oauth.use_refresh(world, LOGIN, call.text("refresh_token"), rotates=False)
            refresh = None
        elif call.text("grant_type") == "authorization_code":
            grant = oauth.use_code(world, LOGIN, call)
            refresh = oauth.mint(world, LOGIN, grant.owner, grant.body["scopes"], "refresh")
        else:
            raise Refused("unsupported_grant_type", "Invalid grant_type")
    except Refused as refused:
        body = {"error": refused.error, "error_description": refused.description}
        raise PlatformError(body, 401 if refused.error == "invalid_client" else 400) from None
    access = oauth.mint(world, LOGIN, grant.owner, grant.body["scopes"])
    given = {
        "access_token": access.id,
        "expires_in": int(access.body["lives"]),
        "scope": " ".join(grant.body["scopes"]),
        "token_type": "Bearer",
    }
    return Answer(body=given | ({"refresh_token": refresh.id} if refresh else {}))


def _revoke(world: World, call: Call) -> Answer:
    token = world.store.get(call.text("token"), "youtube", "access", "refresh")
    if token is None:
        raise PlatformError({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
    oauth.revoke(world, "youtube", token.owner)
    return Answer(body={})


def _channels(world: World, call: Call) -> Answer:
    token = token_of(world, call, "youtube.readonly", "youtube.force-ssl", "youtube")
    spend(world, 1)
    parts = call.text("part").split(",")
    items = [_channel(channel, parts) for channel in accounts_of(world, "youtube", token.owner)]
    if ids := call.text("id"):
        items = [item for item in items if item["id"] in ids.split(",")]
    count = {"totalResults": len(items), "resultsPerPage": 5}
    answer: dict[str, Any] = {"kind": "youtube#channelListResponse", "etag": "e1", "pageInfo": count}
    # Google leaves an empty list out.
    return Answer(body=answer | ({"items": items} if items else {}))


def _channel(channel: Object, parts: list[str]) -> dict[str, Any]:
    known = {
        "snippet": {
            "title": channel.body["name"],
            "description": "",
            "customUrl": channel.body["handle"],
            "publishedAt": time_text(channel.at),
            "thumbnails": {},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": f"UU{channel.id[2:]}"}},
        "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
        "statistics": {"viewCount": "0", "subscriberCount": "0", "videoCount": "0"},
    }
    chosen = {part: known[part] for part in parts if part in known}
    return {"kind": "youtube#channel", "etag": "e1", "id": channel.id, **chosen}


def _comment(world: World, call: Call) -> Answer:
    """A top-level comment of a video."""
    token = token_of(world, call, "youtube.force-ssl")
    spend(world, 50)
    snippet = call.fields.get("snippet") or {}
    video = world.store.get(str(snippet.get("videoId", "")), "youtube", "post")
    text = (snippet.get("topLevelComment") or {}).get("snippet", {}).get("textOriginal", "")
    if video is None or video.body["status"]["privacyStatus"] == "private":
        raise error("videoNotFound", "The video identified by the videoId parameter could not be found.", 404)
    if not text:
        raise error("commentTextRequired", "The comment is required", 400)
    if video.body["status"].get("selfDeclaredMadeForKids"):
        raise error("forbidden", "Comments are disabled for videos made for kids.", 403)
    channel = accounts_of(world, "youtube", token.owner)[0]
    comment = Object(
        id=f"Ug{secrets.token_hex(12)}",
        platform="youtube",
        kind="comment",
        owner=video.id,
        at=world.now(),
        body={"text": text, "channel": channel.id},
    )
    world.publish(call, comment, text=text)
    return Answer(body=_thread(comment))


def _thread(comment: Object) -> dict[str, Any]:
    of_comment = {
        "textOriginal": comment.body["text"],
        "textDisplay": comment.body["text"],
        "authorChannelId": {"value": comment.body["channel"]},
        "publishedAt": time_text(comment.at),
    }
    snippet = {
        "videoId": comment.owner,
        "topLevelComment": {"kind": "youtube#comment", "id": comment.id, "snippet": of_comment},
        "canReply": True,
        "totalReplyCount": 0,
        "isPublic": True,
    }
    return {"kind": "youtube#commentThread", "etag": "e1", "id": comment.id, "snippet": snippet}


def _comments(world: World, call: Call) -> Answer:
    token_of(world, call, "youtube.force-ssl", "youtube.readonly")
    spend(world, 1)
    found = world.store.of("youtube", "comment", call.text("videoId"))
    count = {"totalResults": len(found), "resultsPerPage": 20}
    items = [_thread(each) for each in found]
    return Answer(body={"kind": "youtube#commentThreadListResponse", "pageInfo": count, "items": items})


_API = "www.googleapis.com/youtube/v3"
ROUTES = [
    route("GET", "accounts.google.com/o/oauth2/v2/auth", "youtube.authorise", _authorise),
    route("POST", "accounts.google.com/o/oauth2/v2/auth", "youtube.authorise", _authorise),
    route("POST", "oauth2.googleapis.com/token", "youtube.token", _token),
    route("POST", "oauth2.googleapis.com/revoke", "youtube.revoke", _revoke),
    route("GET", f"{_API}/channels", "youtube.channels", _channels),
    route("POST", f"{_API}/commentThreads", "youtube.comment_call", _comment),
    route("GET", f"{_API}/commentThreads", "youtube.comments", _comments),
    *uploads.ROUTES,
    *videos.ROUTES,
]

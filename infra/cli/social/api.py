"""Accounts and posts on social platforms through the HTTP API, for `ddp social` and the demo."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from infra.cli.api_client import ApiError, Client, FileToUpload, ask, body_of
from infra.cli.campaign.api import upload_csv as upload

PLATFORMS: Final = ("facebook", "instagram", "twitter", "linkedin", "tiktok", "youtube")
# Nobody works on a post in one of these states; a draft was taken off the schedule.
ENDED: Final = {"published", "unconfirmed", "failed", "missed", "cancelled", "draft"}
_NOT_FOUND, _INVALID = 404, 422


class RefusedPosts(ApiError):
    """Posts that are wrong: `posts` has the problems of each account. Nothing was made."""

    def __init__(self, sentence: str, posts: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(sentence)
        self.posts = posts


def accounts(client: Client) -> list[dict[str, Any]]:
    """The caller's accounts, those that are disconnected too."""
    return _pages(client, "/social-accounts?limit=100")


def chosen(known: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """The ids of accounts that are named by id, handle or platform. Raises ApiError with what there is."""
    found = []
    for name in names:
        usable = [each for each in known if each["status"] != "disconnected"]
        these = [
            each
            for each in usable
            if name.lower() in {each["account_id"], each["platform"], each["account_handle"].lower()}
        ]
        if not these:
            there = ", ".join(f"{each['platform']}/{each['account_handle']}" for each in usable)
            raise ApiError(f"There is no connected account {name}. There is: {there or 'none'}.")
        if len(these) > 1:
            there = ", ".join(f"{each['account_handle']} ({each['account_id']})" for each in these)
            raise ApiError(f"{name} is the name of several accounts: choose one of {there}.")
        found.append(str(these[0]["account_id"]))
    return found


def upload_file(client: Client, path: Path) -> str:
    """Upload an image or a video, wait until it is verified, return its id. Raises ApiError, OSError."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return upload(client, FileToUpload(name=path.name, content_type=kind, content=path.read_bytes()))


def create(client: Client, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a post for each account; returns the group. Raises RefusedPosts with all that is wrong, ApiError."""
    answer = client.call("POST", "/social-posts", body)
    if answer.status == _INVALID and answer.body.get("posts"):
        raise RefusedPosts(answer.problem, answer.body["posts"])
    return body_of(answer, "POST /social-posts")


def group(client: Client, some_id: str) -> list[dict[str, Any]]:
    """The posts of a group, or the one post, with this id. Raises ApiError."""
    answer = client.call("GET", f"/social-post-groups/{some_id}")
    if answer.status == _NOT_FOUND:
        return [ask(client, "GET", f"/social-posts/{some_id}")]
    posts: list[dict[str, Any]] = body_of(answer, "GET /social-post-groups")["posts"]
    return posts


def retry(client: Client, some_id: str) -> list[dict[str, Any]]:
    """Try again what failed of a group, or a post. Raises ApiError."""
    answer = client.call("POST", f"/social-post-groups/{some_id}/retry")
    if answer.status == _NOT_FOUND:
        return [ask(client, "POST", f"/social-posts/{some_id}/retry")]
    posts: list[dict[str, Any]] = body_of(answer, "POST /social-post-groups/…/retry")["posts"]
    return posts


def calendar(client: Client, **filters: str | None) -> list[dict[str, Any]]:
    """Posts, earliest first; `filters` are those of GET /social-posts."""
    query = urlencode({name: value for name, value in filters.items() if value} | {"limit": "100"})
    return _pages(client, f"/social-posts?{query}")


def follow(
    client: Client,
    some_id: str,
    show: Callable[[list[dict[str, Any]]], None],
    *,
    ends: Callable[[list[dict[str, Any]]], bool] | None = None,
    seconds: float = float("inf"),
    interval: float = 1.0,
) -> list[dict[str, Any]]:
    """Show the posts until nobody works on them (or `ends` says so). Raises ApiError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        now = group(client, some_id)
        show(now)
        if ends(now) if ends else has_ended(now):
            return now
        if time.monotonic() > deadline:
            states = ", ".join(f"{each['platform']} {each['status']}" for each in now)
            raise ApiError(f"The posts did not end within {seconds:g} s: {states}.")
        time.sleep(interval)


def has_ended(posts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nobody works on the posts any more. What is unconfirmed is still looked for, for an hour."""
    return all(each["status"] in ENDED for each in posts)


def _pages(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(client, "GET", path + (f"&{urlencode({'cursor': cursor})}" if cursor else ""))
        found += page["items"]
        cursor = page["next_cursor"]
    return found

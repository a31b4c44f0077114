"""Posts that are public on a simulated platform, put there without their uploads."""

from __future__ import annotations

from typing import Any

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.store import Object
from tests.unit.infra.local.simulators.platforms.conftest import Running

VIDEO = {"file": "0" * 24, "size": 1, "type": "video/mp4", "sha256": "0"}
# Which account of Ada's posts.
ACCOUNT = {"facebook": 1, "linkedin": 1}
_IDS = {
    "facebook": "{owner}_{number}",
    "instagram": "178{number}",
    "twitter": "19{number}",
    "linkedin": "urn:li:share:{number}",
    "tiktok": "v_pub_file~v2-1.{number}",
    "youtube": "video{number}",
}


def account(running: Running, platform: str, index: int | None = None) -> str:
    """The id of an account of Ada's."""
    position = ACCOUNT.get(platform, 0) if index is None else index
    return accounts_of(running.world, platform, "ada")[position].id


def publish(running: Running, platform: str, number: int = 1, index: int | None = None, **body: Any) -> str:
    """A post that became public now; returns its own id. `body` changes what the platform keeps."""
    owner = account(running, platform, index)
    kind = "person" if platform == "linkedin" and index == 0 else "organization"
    known: dict[str, dict[str, Any]] = {
        "facebook": {"message": "Spring", "link": "", "published": True},
        "instagram": {"caption": "Spring", "product": "FEED", "media_type": "IMAGE", "alt_texts": [""]},
        "twitter": {"text": "Spring", "media_ids": [], "media_keys": [], "links": {}},
        "linkedin": {
            "author": f"urn:li:{kind}:{owner}",
            "text": "Spring",
            "commentary": "Spring",
            "content": {},
            "visibility": "PUBLIC",
        },
        "tiktok": {
            "info": {"title": "Spring", "privacy_level": "PUBLIC_TO_EVERYONE"},
            "kind": "video",
            "got": 1,
            "failed": None,
            "ready_at": running.clock.now,
            "published": True,
            "video": f"73{number}",
        },
        "youtube": {
            "snippet": {"title": "Spring"},
            "status": {"privacyStatus": "public"},
            "ready_at": running.clock.now,
            "published_at": running.clock.now,
        },
    }
    post = Object(
        id=_IDS[platform].format(owner=owner, number=number),
        platform=platform,
        kind="post",
        owner=owner,
        at=running.clock.now,
        body={"media": []} | known[platform] | body,
    )
    running.world.store.put(post)
    if platform == "tiktok":
        alias = Object(id=post.body["video"], platform="tiktok", kind="alias", owner=post.id, at=post.at)
        running.world.store.put(alias)
    return post.id


def token(running: Running, platform: str, scopes: str, index: int | None = None) -> str:
    """A token of an account of Ada's."""
    tokens = running.client.tokens(platform, account(running, platform, index), scopes.split())
    return str(tokens["access_token"])

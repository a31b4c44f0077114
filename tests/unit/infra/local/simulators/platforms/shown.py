"""Feeds as a browser test looks at them: posts of all six platforms, in other scripts, hostile and long ones."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from infra.local.simulators.platforms.accounts import accounts_of
from infra.local.simulators.platforms.audience.controls import MEASURED
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import PLATFORMS, World

# An address of a consent page, below the simulator's.
CONSENT = (
    "www.facebook.com/v26.0/dialog/oauth?client_id=ddp-on-facebook&response_type=code&state=s"
    "&redirect_uri=https%3A%2F%2Fapi.example%2Fback&scope=pages_show_list,pages_manage_posts,read_insights"
)


def filled(directory: Path, hostile: str) -> World:
    """The platforms with a few posts each, one with a first comment."""
    world = simulator(directory, clock=lambda: 1_796_000_000.0)
    picture = io.BytesIO()
    Image.new("RGB", (1080, 1350), (160, 120, 40)).save(picture, "JPEG")
    for platform in PLATFORMS:
        owner = accounts_of(world, platform, "ada")[1 if platform in {"facebook", "linkedin"} else 0].id
        for number, text in enumerate(
            ("春が来ました。新しい時計が二十本。" * 8, hostile, "Spring has come.\nIn our shop.")
        ):
            media = [world.media.add(picture.getvalue())] if number == 2 else []
            post = Object(
                id=f"{platform}-{number}",
                platform=platform,
                kind="post",
                owner=owner,
                at=world.now() - 86_400 + number,
                body=body_of(platform, text) | {"media": media, "alt_texts": ["A watch on a table"]},
            )
            world.store.put(post)
            world.store.finalise(post, at=post.at, kind="post", text=text, media=[])
            measured = f"{MEASURED}:{platform}:{post.id}"
            world.store.put(
                Object(
                    id=measured,
                    platform=platform,
                    kind=MEASURED,
                    owner=post.id,
                    at=world.now(),
                    body={"view": 12_345_678_901, "like": 0},
                )
            )
        world.store.put(
            Object(
                id=f"{platform}-c",
                platform=platform,
                kind="comment",
                owner=f"{platform}-2",
                at=world.now(),
                body={"text": hostile},
            )
        )
    return world


def body_of(platform: str, text: str) -> dict[str, Any]:
    """A post's body as the platform keeps it."""
    if platform == "tiktok":
        return {
            "info": {"title": text, "privacy_level": "SELF_ONLY"},
            "kind": "video",
            "got": 1,
            "failed": None,
            "ready_at": 0.0,
        }
    if platform == "youtube":
        return {"snippet": {"title": text[:80], "description": text}, "status": {"privacyStatus": "unlisted"}}
    return {"message": text, "published": True}

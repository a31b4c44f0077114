"""An account of a simulated platform, connected and published to by the adapters: what suites of conformance share."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from PIL import Image

from ddp.providers.social import access, rules
from ddp.providers.social.base import (
    Accepted,
    Access,
    Account,
    Application,
    FoundAccount,
    Media,
    Platform,
    Post,
    PostType,
    Published,
    Publisher,
    State,
    Tokens,
)
from infra.local.simulators.platforms.oauth import client_id, client_secret
from tests.unit.infra.local.simulators.platforms.conftest import Running, WebServer

REDIRECT = "https://api.example.com/oauth/callback"
# Whom the posts go out as, where a person has several accounts.
KINDS = {"facebook": "page", "linkedin": "organization"}
TYPES = [
    (platform, PostType(kind))
    for platform in Platform
    for kind, rule in rules.of(platform)["types"].items()
    if "refused" not in rule
]
# One type of each platform, with media where it takes any.
USUAL = {
    Platform.FACEBOOK: PostType.IMAGE,
    Platform.INSTAGRAM: PostType.IMAGE,
    Platform.TWITTER: PostType.IMAGE,
    Platform.LINKEDIN: PostType.IMAGE,
    Platform.TIKTOK: PostType.VIDEO,
    Platform.YOUTUBE: PostType.VIDEO,
}
VIDEO_BYTES = 11_000_000


def image_of(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1080, 1080), (seed % 256, seed // 256 % 256, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def video_of(seed: int, size: int = VIDEO_BYTES) -> bytes:
    return b"\0\0\0\x18ftypmp42" + random.Random(seed).randbytes(size - 12)


@dataclass
class Connected:
    """A connected account of one platform, with what a test needs to publish."""

    running: Running
    web: WebServer
    platform: Platform
    account: Account
    publisher: Publisher
    saved: list[str] = field(default_factory=list)

    def post(
        self, kind: PostType | None = None, text: str | None = None, media: Sequence[Media] = ()
    ) -> Post:
        kind = kind or USUAL[self.platform]
        rule = rules.of(self.platform)["types"][kind]
        if not media and rule.get("media", [0])[0]:
            media = [self.medium(rule["of"], position) for position in range(rule["media"][0])]
        options: dict[str, Any] = {"made_for_kids": False} if self.platform is Platform.YOUTUBE else {}
        if self.platform is Platform.TIKTOK:
            options = {"privacy": "PUBLIC_TO_EVERYONE"}
        text = text or f"A new watch (No. {uuid4().hex})"
        if kind is PostType.LINK:
            options["link"] = f"https://example.com/{uuid4().hex}"
            text = f"{text} {options['link']}"
        return Post(
            post_id=uuid4(),
            type=kind,
            text=text,
            title=f"Watch {uuid4().hex[:12]}"
            if self.platform in {Platform.YOUTUBE, Platform.TIKTOK}
            else None,
            media=media,
            options=options,
        )

    def medium(self, of: str, position: int, size: int = VIDEO_BYTES) -> Media:
        is_video = of in {"video", "reel", "short"}
        content = video_of(position, size) if is_video else image_of(random.randrange(65_536))
        path = f"/{uuid4().hex}"
        self.web.files[path] = content
        return Media(
            position=position,
            content_type="video/mp4" if is_video else "image/jpeg",
            size=len(content),
            read=lambda start, length: content[start : start + length],
            url=self.web.url + path,
            alt_text=None if is_video else f"A watch, {position}",
            width=1080,
            height=1920 if is_video else 1080,
            seconds=8.0 if is_video else None,
        )

    def prepare(self, post: Post, state: State | None = None) -> State:
        """The state that is ready, as JSON has it."""
        progress = self.publisher.prepare(self.account, post, state or {}, self.save)
        for _ in range(10):
            if progress.is_ready:
                return stored(progress.state)
            progress = self.publisher.check(self.account, post, stored(progress.state))
        raise AssertionError(f"{self.platform} is never ready: {progress}")

    def save(self, state: State) -> None:
        self.saved.append(json.dumps(state))

    def finish(self, post: Post, state: State) -> Published:
        """Finalise, and wait for a platform that publishes in its own time."""
        return self.confirmed(self.publisher.finalise(self.account, post, state))

    def confirmed(self, result: Published | Accepted) -> Published:
        for _ in range(5):
            if isinstance(result, Published):
                return result
            result = self.publisher.confirm(self.account, stored(result.state))
        raise AssertionError(f"never published: {result}")

    def public(self, post: Post) -> list[dict[str, Any]]:
        """What the simulator has of a post, which its text or title names."""
        words = {post.text, post.title} - {None}
        return [
            each
            for each in self.running.client.finalised(self.platform, self.account.external_account_id)
            if any(str(word) in each["text"] for word in words)
        ]


def stored(state: State) -> State:
    kept: State = json.loads(json.dumps(state))
    return kept


def application(platform: Platform) -> Application:
    return Application(client_id=client_id(platform), client_secret=client_secret(platform))


def tokens_of(running: Running, platform: Platform, person: str = "ada", withheld: str = "") -> Tokens:
    adapter: Access = access.of(platform)
    asked = adapter.authorise(application(platform), redirect_uri=REDIRECT, state="state-1")
    back = running.client.consent(asked.url, person=person, withheld=withheld)
    given = parse_qs(urlsplit(back).query)
    assert given["state"] == ["state-1"]
    return adapter.exchange(
        application(platform), code=given["code"][0], redirect_uri=REDIRECT, verifier=asked.verifier
    )


def found(running: Running, platform: Platform, tokens: Tokens) -> list[FoundAccount]:
    return access.of(platform).accounts(application(platform), tokens)


Connect = Callable[..., Connected]

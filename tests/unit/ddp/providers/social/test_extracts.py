"""What the adapters send, and what the simulator answers, is what others describe (see extracts/extract.py)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ddp.providers.social import rules
from ddp.providers.social.base import Platform, PostType
from infra.local.simulators.platforms.calls import Call
from tests.unit.ddp.providers.social.connected import TYPES, Connect
from tests.unit.infra.local.simulators.platforms.conftest import Running

pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent / "extracts"
FACEBOOK, YOUTUBE, TWITTER = (
    json.loads((HERE / f"{name}.json").read_text()) for name in ("facebook", "youtube", "twitter")
)
# Of Facebook's edges, by the simulator's operation.
EDGES = {
    "facebook.feed": "feed", "facebook.photos": "photos", "facebook.videos": "videos", "facebook.reels": "video_reels",
}  # fmt: skip
# Sent beside what is described: the files of forms.
FILES = {"source", "video_file_chunk"}
MODELS = {
    "twitter.post": "CreatePostsRequest", "twitter.initialize": "InitializeMediaUploadRequest",
    "twitter.append": "AppendMediaUploadRequest", "twitter.metadata": "CreateMediaMetadataRequest",
}  # fmt: skip
METHODS = {
    "youtube.start": "videos.insert", "youtube.update": "videos.update", "youtube.list": "videos.list",
    "youtube.delete": "videos.delete", "youtube.comment_call": "commentThreads.insert",
    "youtube.comments": "commentThreads.list", "youtube.channels": "channels.list",
}  # fmt: skip


class Heard:
    """The fields of all calls, by operation: of bodies and forms, and of queries."""

    def __init__(self) -> None:
        self.fields: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.queries: dict[str, set[str]] = defaultdict(set)

    def __call__(self, operation: str, call: Call) -> None:
        self.queries[operation] |= set(call.query)
        if operation in EDGES or operation in MODELS or operation in METHODS:
            given = {name: value for name, value in call.fields.items() if name not in call.query}
            self.fields[operation].append(given | dict.fromkeys(call.files, ""))

    def names(self, operation: str) -> set[str]:
        """The names of all fields, without the places of lists."""
        return {re.sub(r"\[\d+\]$", "", name) for given in self.fields[operation] for name in given}


@pytest.fixture
def heard(running: Running) -> Iterator[Heard]:
    found = Heard()
    running.world.heard = found
    yield found
    running.world.heard = lambda _, __: None


def publish_everything(connect: Connect, platform: Platform) -> None:
    connected = connect(platform)
    for kind in (kind for each, kind in TYPES if each is platform):
        post = connected.post(kind)
        published = connected.finish(post, connected.prepare(post))
        first_comment = rules.of(platform)["first_comment"]
        if "refused" not in first_comment:
            connected.publisher.comment(connected.account, published.external_id, "First!")


def test_facebook_is_sent_parameters_that_its_library_knows(connect: Connect, heard: Heard) -> None:
    publish_everything(connect, Platform.FACEBOOK)
    for operation, edge in EDGES.items():
        assert heard.names(operation), operation
        assert heard.names(operation) - FILES <= set(FACEBOOK["parameters"][edge]), operation


def test_x_is_sent_fields_that_its_library_knows(connect: Connect, heard: Heard) -> None:
    publish_everything(connect, Platform.TWITTER)
    for operation, model in MODELS.items():
        assert heard.names(operation), operation
        assert heard.names(operation) <= set(TWITTER["models"][model]), operation
    media = {name for given in heard.fields["twitter.post"] for name in given.get("media") or {}}
    assert media <= set(TWITTER["models"]["CreatePostsMedia"])


def test_youtube_is_sent_members_that_its_discovery_document_knows(connect: Connect, heard: Heard) -> None:
    publish_everything(connect, Platform.YOUTUBE)
    for operation in ("youtube.start", "youtube.update"):
        for given in heard.fields[operation]:
            assert set(given) <= {"id", "snippet", "status"}
            assert set(given.get("snippet", {})) <= set(YOUTUBE["schemas"]["VideoSnippet"])
            assert set(given["status"]) <= set(YOUTUBE["schemas"]["VideoStatus"])
            assert given["status"]["privacyStatus"] in YOUTUBE["enums"]["privacyStatus"]
    for operation, method in METHODS.items():
        assert heard.queries[operation] - {"uploadType"} <= set(YOUTUBE["parameters"][method]), operation


def test_the_simulator_answers_members_that_the_discovery_document_knows(
    connect: Connect, running: Running
) -> None:
    connected = connect(Platform.YOUTUBE)
    post = connected.post(PostType.VIDEO)
    published = connected.finish(post, connected.prepare(post))
    (video,) = running.ask(
        "GET",
        f"www.googleapis.com/youtube/v3/videos?part=status,snippet,processingDetails&id={published.external_id}",
        headers={"Authorization": f"Bearer {connected.account.access_token}"},
    ).json()["items"]
    assert set(video["status"]) <= set(YOUTUBE["schemas"]["VideoStatus"])
    assert set(video["snippet"]) <= set(YOUTUBE["schemas"]["VideoSnippet"])
    assert set(video["processingDetails"]) <= set(YOUTUBE["schemas"]["VideoProcessingDetails"])
    assert video["status"]["uploadStatus"] in YOUTUBE["enums"]["uploadStatus"]


def test_the_rules_know_the_largest_video_of_youtube() -> None:
    assert rules.of(Platform.YOUTUBE)["media"]["video"]["bytes"] == YOUTUBE["largest_video"]

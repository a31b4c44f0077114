"""Instagram: containers, made of images that are fetched and of videos that are fetched or uploaded."""

from __future__ import annotations

import io
from typing import Any

from infra.local.simulators.platforms.calls import Answer, Call, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.hosts.meta.instagram_login import account_of
from infra.local.simulators.platforms.hosts.meta.uploads import offset_invalid
from infra.local.simulators.platforms.media import new_file
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, World, number

LONGEST_CAPTION = 2_200
MOST_IMAGE_BYTES = 8 << 20
MOST_HASHTAGS = 30
PUBLISH = "instagram_business_content_publish"


def _create(world: World, call: Call, version: str, account_id: str) -> Answer:
    """A container: of an image that is fetched, of a video that is fetched or uploaded, or of other containers."""
    account = account_of(world, call, account_id, PUBLISH)
    if account.body["kind"] == "PERSONAL":
        raise graph.error("(#10) Application does not have permission for this action", 10, status=403)
    caption = call.text("caption")
    _check_caption(caption)
    kind = call.text("media_type").upper() or "IMAGE"
    body: dict[str, Any] = {
        "type": kind,
        "caption": caption,
        "alt_text": call.text("alt_text"),
        "is_item": graph.flag(call, "is_carousel_item", otherwise=False),
        "media": [],
        "children": [],
        "ready_at": None,
        "published": False,
        "file": new_file(),
        "got": 0,
    }
    if kind == "CAROUSEL":
        _add_children(world, call, account, body)
    elif address := call.text("image_url"):
        _add_image(world, call, body, address)
    elif address := call.text("video_url"):
        body["media"] = [world.media.add(_fetched(call, address, 2207052))]
        body["ready_at"] = world.ready_at("video")
    elif kind not in {"VIDEO", "REELS"} or call.text("upload_type") != "resumable":
        raise graph.error("Only photo or video can be accepted as media type.", 9004, error_subcode=2207023)
    container = world.store.put(
        Object(
            id=number(), platform="instagram", kind="container", owner=account.id, at=world.now(), body=body
        )
    )
    if not body["media"] and kind != "CAROUSEL":
        uri = f"https://rupload.facebook.com/ig-api-upload/{version}/{container.id}"
        return graph.ok({"id": container.id, "uri": uri})
    return graph.ok({"id": container.id})


def _check_caption(caption: str) -> None:
    if len(caption) > LONGEST_CAPTION or caption.count("#") > MOST_HASHTAGS:
        raise graph.error(
            "The caption was too long.",
            100,
            error_subcode=2207010,
            error_user_msg="The caption exceeds the limits.",
        )


def _add_image(world: World, call: Call, body: dict[str, Any], address: str) -> None:
    content = _fetched(call, address, 2207052)
    if len(content) > MOST_IMAGE_BYTES:
        raise graph.error(
            "The image size is too large.",
            36000,
            error_subcode=2207004,
            is_transient=False,
            error_user_title="Image size too large",
            error_user_msg="The image is too large to download. It should be less than 8 MiB.",
        )
    facts = world.media.add(content)
    if facts["type"] != "image/jpeg":
        raise graph.error("Image format is not supported", 36001, error_subcode=2207005)
    ratio = _ratio(content)
    if ratio is not None and not 0.799 <= ratio <= 1.911:
        raise graph.error(
            "The submitted image with aspect ratio cannot be published.", 36003, error_subcode=2207009
        )
    body["media"], body["ready_at"] = [facts], world.ready_at("image")


def _add_children(world: World, call: Call, account: Object, body: dict[str, Any]) -> None:
    children = [str(each) for each in graph.listed(call, "children")]
    found = [world.store.get(each, "instagram", "container") for each in children]
    if not 2 <= len(children) <= 10:
        raise graph.error("Carousels need between 2 and 10 items.", 9, error_subcode=2207065)
    items = [each for each in found if each and each.owner == account.id and each.body["is_item"]]
    if len(items) != len(children):
        raise graph.error("One of the children is not a carousel item.", 100)
    if any(status_of(world, each) != "FINISHED" for each in items):
        raise graph.error("The media of a child is not ready.", 9007, error_subcode=2207027)
    body["children"] = children
    body["media"] = [facts for each in items for facts in each.body["media"]]
    body["alt_texts"] = [each.body["alt_text"] for each in items]
    body["ready_at"] = world.ready_at("image")


def _addresses(_: World, call: Call) -> list[str]:
    return [address for name in ("image_url", "video_url") if (address := call.text(name))]


def _fetched(call: Call, address: str, subcode: int) -> bytes:
    found = call.fetched[address]
    if found.problem:
        raise graph.error(
            "Only photo or video can be accepted as media type.",
            9004,
            error_subcode=subcode,
            is_transient=False,
            error_user_title="Media download has failed. The media URI doesn't meet our requirements.",
            error_user_msg=f"The media could not be fetched from this URI: {address}",
        )
    return found.body


def _upload(world: World, call: Call, _version: str, container_id: str) -> Answer:
    """The bytes of a video, from the offset that has arrived."""
    with world.store.transaction():
        graph.token_of(world, "instagram", call, PUBLISH)
        container = world.store.get(container_id, "instagram", "container")
    if container is None:
        raise graph.missing(container_id)
    size, start = int(call.headers.get("file_size", 0)), int(call.headers.get("offset", 0))
    if start != container.body["got"] or size < 1:
        raise offset_invalid()
    got = start + world.media.receive(container.body["file"], start, call)
    with world.store.transaction():
        # Another attempt may have brought more in the meantime.
        container = world.store.get(container_id, "instagram", "container") or container
        if got > container.body["got"]:
            container.body["got"] = got
            if got == size:
                container.body["media"] = [world.media.facts(container.body["file"], size)]
                container.body["ready_at"] = world.ready_at("video")
            world.store.put(container)
    return graph.ok({"success": True, "message": "Upload successful."})


def status_of(world: World, container: Object) -> str:
    """A container's status_code."""
    if container.body["published"]:
        return "PUBLISHED"
    if world.now() > container.at + DAY:
        return "EXPIRED"
    if container.body.get("failed"):
        return "ERROR"
    ready = container.body["ready_at"]
    return "FINISHED" if ready is not None and world.now() >= ready else "IN_PROGRESS"


def _ratio(content: bytes) -> float | None:
    """Width by height of an image; None for one that cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.width / image.height
    except OSError:
        return None


_HOST = "graph.instagram.com/{}"
ROUTES = [
    route("POST", f"{_HOST}/{{}}/media", "instagram.media", _create, fetches=_addresses),
    route("POST", "rupload.facebook.com/ig-api-upload/{}/{}", "instagram.upload", _upload, streams=True),
]

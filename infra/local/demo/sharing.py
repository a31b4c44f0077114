"""Two chapters of the demo: retailers find a published brand asset, and see no other file unless it is shared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.cli.api_client import ApiError, Client, FileToUpload
from infra.local.demo.story import Story
from infra.local.identity.users import USERS


def publish_asset(story: Story) -> None:
    """The brand publishes the picture; a retailer finds and downloads it."""
    story.chapter("Retailers find a published brand asset")
    brand, retailer = story.clients["brand"], story.clients["retailer"]
    image = story.uploads[0].file
    wanted = {
        "file_id": story.file_id(image),
        "asset_name": "Spring key visual",
        "asset_type": "key-visual",
    }
    published = brand.call("POST", "/brand-assets", wanted)
    told = f"{image.name} is published as a brand asset"
    story.check(told, published.status == 201, published.problem)
    listed = [asset["asset_id"] for asset in retailer.call("GET", "/brand-assets").body.get("items", ())]
    name = USERS["retailer"].user_name
    story.check(f"{name} finds it in the list", published.body.get("asset_id") in listed, listed)
    status, content = retailer.download(f"/files/{wanted['file_id']}/download")
    story.check(f"{name} downloads the same bytes", content == image.content, status)


def share_file(story: Story) -> None:
    """The price list is hidden from retailers, then shared with one, then open through a public link."""
    story.chapter("Other files stay hidden unless they are shared")
    brand, retailer, other = (story.clients[name] for name in ("brand", "retailer", "retailer2"))
    prices = story.uploads[1].file
    file_id = story.file_id(prices)
    first, second = USERS["retailer"], USERS["retailer2"]
    refusal = retailer.call("GET", f"/files/{file_id}/download")
    story.check(f"{first.user_name} asks for {prices.name}: {refusal.problem}", refusal.status == 404)
    _new_share(brand, file_id, shared_with_user_id=str(first.user_id))
    status, content = retailer.download(f"/files/{file_id}/download")
    story.check(f"after sharing, {first.user_name} downloads it", content == prices.content, status)
    status = other.call("GET", f"/files/{file_id}").status
    story.check(f"{second.user_name} still gets 404", status == 404, status)
    _public_link(story, brand, file_id, prices)


def _public_link(story: Story, brand: Client, file_id: str, file: FileToUpload) -> None:
    link, anyone = _new_share(brand, file_id, public_link=True), story.clients["anyone"]
    status, content = anyone.download(f"/shares/{link['token']}/download")
    story.check("anyone with a public link downloads it without signing in", content == file.content, status)
    brand.call("DELETE", f"/files/{file_id}/shares/{link['share_id']}")
    status = anyone.call("GET", f"/shares/{link['token']}").status
    story.check("the link stops working as soon as it is revoked (404)", status == 404, status)


def _new_share(client: Client, file_id: str, **target: object) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    answer = client.call("POST", f"/files/{file_id}/shares", {"expires_at": expires_at, **target})
    if answer.status != 201:
        raise ApiError(f"Could not share the file: {answer.problem}")
    return answer.body

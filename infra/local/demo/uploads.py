"""Two chapters of the demo: the brand uploads files, and files that are not what they claim are refused."""

from __future__ import annotations

from typing import Any

from infra.cli.api_client import Client, FileToUpload, send
from infra.local.demo import files
from infra.local.demo.story import Story, Upload
from infra.local.identity.users import USERS


def upload_files(story: Story) -> None:
    """A picture, a price list, and an archive in parts; `story.uploads` has them in this order."""
    story.chapter(f"{USERS['brand'].user_name} uploads files")
    brand = story.clients["brand"]
    upload = _send(story, brand, files.picture("Spring campaign.png", story.run))
    file = brand.call("GET", f"/files/{upload.get('file_id')}").body
    size = (file.get("image_width"), file.get("image_height"))
    widths = [thumbnail["width"] for thumbnail in file.get("thumbnails", ())]
    told = f"the picture is 1600 by 900 pixels and has thumbnails of widths {widths}"
    story.check(told, size == (1600, 900), file)
    _send(story, brand, files.price_list("Price list.pdf", story.run))
    _send_in_parts(story, brand, files.photo_archive("Product photos.zip", story.run))


def _send(story: Story, client: Client, file: FileToUpload) -> dict[str, Any]:
    """Upload with one presigned request; returns the settled upload."""
    asked = client.request_upload(file)
    status = send(asked.body["request"], file.content) if asked.status == 201 else 0
    upload = client.wait_for_upload(asked.body["upload_id"]) if status == 200 else {}
    told = f"{file.name}: uploaded with one presigned request, verified and live"
    story.check(told, upload.get("status") == "live", upload or asked.problem)
    story.uploads.append(Upload(file=file, outcome=upload.get("status", "refused")))
    return upload


def _send_in_parts(story: Story, client: Client, file: FileToUpload) -> None:
    """Send half of the parts, ask which are missing, and send those."""
    upload = client.request_upload(file).body
    count = upload["part_count"]
    client.send_parts(upload, file, range(1, count // 2 + 1))
    missing = client.call("GET", f"/uploads/{upload['upload_id']}/parts").body["missing"]
    told = f"{file.name}: upload of {count} parts interrupted, {len(missing)} parts missing"
    story.check(told, missing == list(range(count // 2 + 1, count + 1)), missing)
    client.send_parts(upload, file, missing)
    client.call("POST", f"/uploads/{upload['upload_id']}/complete")
    settled = client.wait_for_upload(upload["upload_id"])
    told = f"{file.name}: missing parts uploaded, verified and live"
    story.check(told, settled["status"] == "live", settled)
    story.uploads.append(Upload(file=file, outcome=settled["status"], reason=f"{count} parts, resumed once"))


def refuse_files(story: Story) -> None:
    """Wrong types, a wrong hash, an empty file, a path as a name, and a duplicate."""
    story.chapter("Files that are not what they claim are refused")
    brand, first = story.clients["brand"], story.uploads[0].file
    _expect_rejection(story, brand, files.text_posing_as_image("Notes.png", story.run))
    _expect_rejection(story, brand, files.svg_posing_as_image("Logo.png", story.run))
    _expect_refusal_by_s3(story, brand, files.picture_with_wrong_hash("Retouched.png", story.run))
    for file in (
        FileToUpload(name="Empty.png", content_type="image/png", content=b""),
        FileToUpload(name="../../etc/passwd", content_type="text/plain", content=b"x"),
        FileToUpload(name="Spring campaign again.png", content_type="image/png", content=first.content),
    ):
        answer = brand.request_upload(file)
        story.check(f"{file.name}: {answer.problem}", answer.status in {409, 422}, answer.status)
        story.uploads.append(Upload(file=file, outcome=f"refused ({answer.status})", reason=answer.problem))


def _expect_rejection(story: Story, client: Client, file: FileToUpload) -> None:
    upload = client.request_upload(file).body
    send(upload["request"], file.content)
    settled = client.wait_for_upload(upload["upload_id"])
    reason = (settled.get("rejection") or {}).get("reason", "")
    story.check(f"{file.name}: {reason}", settled["status"] == "rejected", settled)
    story.uploads.append(Upload(file=file, outcome=settled["status"], reason=reason))


def _expect_refusal_by_s3(story: Story, client: Client, file: FileToUpload) -> None:
    upload = client.request_upload(file).body
    status = send(upload["request"], file.content)
    reason = "The content does not have the announced hash, so S3 refused it."
    story.check(f"{file.name}: {reason}", status == 400, status)
    story.uploads.append(Upload(file=file, outcome="refused by S3", reason=reason))

"""`ddp local demo`: a brand and two retailers use the running system; every step is checked, and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from rich.console import Console
from rich.table import Table

from infra.cli.api_client import Client, send
from infra.local import control
from infra.local.aws.emulator import Emulator
from infra.local.demo import files as demo_files
from infra.local.demo.email import write_to_customers
from infra.local.demo.files import DemoFile
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.postgres.database import connection_urls
from infra.local.processes import LocalError
from infra.local.state import StateDirectory

HISTORY = Path(__file__).with_name("history.sql")


@dataclass(slots=True, kw_only=True)
class Story:
    """The demo on its way: who takes part, and what came out."""

    clients: dict[str, Client]
    console: Console
    run: str
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    uploads: list[tuple[DemoFile, str, str]] = field(default_factory=list)  # file, outcome, reason
    surprises: list[str] = field(default_factory=list)

    def check(self, told: str, holds: bool, seen: object = "") -> None:  # noqa: FBT001
        """Tell a step; if it did not happen as told, say so and go on."""
        self.console.print(f"  [green]✓[/] {told}" if holds else f"  [red]✗ {told}[/] {seen}")
        if not holds:
            self.surprises.append(told)

    def chapter(self, title: str) -> None:
        """A heading."""
        self.console.print(f"\n[bold]{title}[/]")


def demo(directory: StateDirectory, bring_up: Callable[[StateDirectory], control.Status]) -> int:
    """Tell the story on the stack of this directory; 0 when everything happened as told.

    A stack that was down is started, and stopped again at the end.
    """
    console = Console(highlight=False)
    was_up = control.status(directory).is_ready
    try:
        surprises = tell(directory, bring_up(directory).urls, console)
    finally:
        if not was_up:
            control.down(directory)
    for surprise in surprises:
        console.print(f"[red]did not happen:[/] {surprise}")
    console.print(_farewell(was_up=was_up))
    return 1 if surprises else 0


def tell(directory: StateDirectory, urls: dict[str, str], console: Console) -> list[str]:
    """Tell the story on a running stack; returns what did not happen as told."""
    story = _begin(directory, urls, console)
    for chapter in (_upload, _refuse, _publish, _share):
        chapter(story)
    write_to_customers(story, mailbox_url=urls["Mailbox"], sqs=_emulator(directory, urls).client("sqs"))
    _summarise(story, directory, urls)
    _tidy_up(story, directory, urls)
    return story.surprises


def _begin(directory: StateDirectory, urls: dict[str, str], console: Console) -> Story:
    issuer = Issuer.load(urls["Token issuer"], directory.issuer_key)
    clients = {name: Client(api_url=urls["API"], token=issuer.token(user)) for name, user in USERS.items()}
    clients["anyone"] = Client(api_url=urls["API"])
    return Story(clients=clients, console=console, run=datetime.now(UTC).strftime("%d %B %Y %H:%M:%S.%f"))


def _upload(story: Story) -> None:
    story.chapter(f"{USERS['brand'].user_name} uploads")
    brand = story.clients["brand"]
    image = demo_files.picture("Spring campaign.png", story.run)
    upload = _send(story, brand, image)
    file = brand.call("GET", f"/files/{upload.get('file_id')}").body
    size = (file.get("image_width"), file.get("image_height"))
    widths = [thumbnail["width"] for thumbnail in file.get("thumbnails", ())]
    story.check(
        f"its dimensions were read (1600 by 900), and thumbnails made {widths}", size == (1600, 900), file
    )
    _send(story, brand, demo_files.price_list("Price list.pdf", story.run))
    _send_in_parts(story, brand, demo_files.photo_archive("Product photos.zip", story.run))


def _send(story: Story, client: Client, file: DemoFile) -> dict[str, Any]:
    """One presigned request; the upload once it is live."""
    asked = client.request_upload(file)
    status = send(asked.body["request"], file.content) if asked.status == 201 else 0
    upload = client.wait_for_upload(asked.body["upload_id"]) if status == 200 else {}
    told = f"{file.name}: one presigned request, verified and live"
    story.check(told, upload.get("state") == "live", upload or asked.problem)
    story.uploads.append((file, upload.get("state", "refused"), ""))
    return upload


def _send_in_parts(story: Story, client: Client, file: DemoFile) -> None:
    """Half of the parts, an interruption, then what is missing."""
    upload = client.request_upload(file).body
    count = upload["part_count"]
    client.send_parts(upload, file, range(1, count // 2 + 1))
    missing = client.call("GET", f"/uploads/{upload['upload_id']}/parts").body["missing"]
    told = f"{file.name}: {count} parts; the connection broke, {len(missing)} parts are missing"
    story.check(told, missing == list(range(count // 2 + 1, count + 1)), missing)
    client.send_parts(upload, file, missing)
    client.call("POST", f"/uploads/{upload['upload_id']}/complete")
    settled = client.wait_for_upload(upload["upload_id"])
    story.check(
        f"{file.name}: the missing parts sent, verified and live", settled["state"] == "live", settled
    )
    story.uploads.append((file, settled["state"], f"{count} parts, resumed once"))


def _refuse(story: Story) -> None:
    story.chapter("What is not what it says is refused")
    brand = story.clients["brand"]
    for file in (
        demo_files.text_posing_as_image("Notes.png", story.run),
        demo_files.svg_posing_as_image("Logo.png", story.run),
    ):
        _expect_rejection(story, brand, file)
    _expect_s3_to_refuse(story, brand, demo_files.picture_with_wrong_hash("Retouched.png", story.run))
    for file in (
        DemoFile(name="Empty.png", content_type="image/png", content=b""),
        DemoFile(name="../../etc/passwd", content_type="text/plain", content=b"x"),
        DemoFile(
            name="Spring campaign again.png", content_type="image/png", content=story.uploads[0][0].content
        ),
    ):
        answer = brand.request_upload(file)
        story.check(f"{file.name}: {answer.problem}", answer.status in {409, 422}, answer.status)
        story.uploads.append((file, f"refused ({answer.status})", answer.problem))


def _expect_rejection(story: Story, client: Client, file: DemoFile) -> None:
    upload = client.request_upload(file).body
    send(upload["request"], file.content)
    settled = client.wait_for_upload(upload["upload_id"])
    reason = (settled.get("rejection") or {}).get("reason", "")
    story.check(f"{file.name}: {reason}", settled["state"] == "rejected", settled)
    story.uploads.append((file, settled["state"], reason))


def _expect_s3_to_refuse(story: Story, client: Client, file: DemoFile) -> None:
    upload = client.request_upload(file).body
    status = send(upload["request"], file.content)
    reason = "S3 itself refuses bytes that have not the hash that was announced."
    story.check(f"{file.name}: {reason}", status == 400, status)
    story.uploads.append((file, "refused by S3", reason))


def _publish(story: Story) -> None:
    story.chapter("A brand asset reaches the retailers")
    brand, retailer = story.clients["brand"], story.clients["retailer"]
    image = story.uploads[0][0]
    wanted = {
        "file_id": _file_id(story, image),
        "asset_name": "Spring key visual",
        "asset_type": "key-visual",
    }
    published = brand.call("POST", "/brand-assets", wanted)
    story.check(
        "Spring campaign.png is published as a brand asset", published.status == 201, published.problem
    )
    listed = [asset["asset_id"] for asset in retailer.call("GET", "/brand-assets").body.get("items", ())]
    name = USERS["retailer"].user_name
    story.check(f"{name} finds it in the list", published.body.get("asset_id") in listed, listed)
    status, content = retailer.download(f"/files/{wanted['file_id']}/download")
    story.check(f"{name} downloads it, byte for byte", content == image.content, status)


def _share(story: Story) -> None:
    story.chapter("What is not shared stays closed")
    brand, retailer, other = (story.clients[name] for name in ("brand", "retailer", "retailer2"))
    prices = story.uploads[1][0]
    file_id = _file_id(story, prices)
    first, second = USERS["retailer"], USERS["retailer2"]
    refusal = retailer.call("GET", f"/files/{file_id}/download")
    story.check(f"{first.user_name} asks for Price list.pdf: {refusal.problem}", refusal.status == 404)
    _new_share(brand, file_id, shared_with_user_id=str(first.user_id))
    status, content = retailer.download(f"/files/{file_id}/download")
    story.check(f"shared with {first.user_name}, it downloads", content == prices.content, status)
    status = other.call("GET", f"/files/{file_id}").status
    story.check(f"for {second.user_name} it still does not exist (404)", status == 404, status)
    _public_link(story, brand, file_id, prices)


def _public_link(story: Story, brand: Client, file_id: str, file: DemoFile) -> None:
    link, anyone = _new_share(brand, file_id, public_link=True), story.clients["anyone"]
    status, content = anyone.download(f"/shares/{link['token']}/download")
    story.check("a public link opens it without signing in", content == file.content, status)
    brand.call("DELETE", f"/files/{file_id}/shares/{link['share_id']}")
    status = anyone.call("GET", f"/shares/{link['token']}").status
    story.check("revoked, the link is dead at once (404)", status == 404, status)


def _new_share(client: Client, file_id: str, **target: object) -> dict[str, Any]:
    expires_at = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    answer = client.call("POST", f"/files/{file_id}/shares", {"expires_at": expires_at, **target})
    if answer.status != 201:
        raise LocalError(f"The file could not be shared: {answer.problem}")
    return answer.body


def _file_id(story: Story, file: DemoFile) -> str:
    """The brand's live file with that content."""
    files = story.clients["brand"].call("GET", "/files").body.get("items", ())
    found = [item["file_id"] for item in files if item["sha256"] == file.sha256]
    if not found:
        raise LocalError(f"{file.name} is not among the brand's files, so the story cannot go on.")
    return str(found[0])


def _summarise(story: Story, directory: StateDirectory, urls: dict[str, str]) -> None:
    uploads = Table("file", "bytes", "outcome", "reason", title="\nUploaded")
    for file, outcome, reason in story.uploads:
        colour = "green" if outcome == "live" else "yellow"
        uploads.add_row(file.name, f"{len(file.content):,}", f"[{colour}]{outcome}[/]", reason)
    story.console.print(uploads)
    downloads = Table("file", "what", "by whom", "when", title="\nRecorded, as the brand sees it")
    rows = _history(connection_urls(directory)["migrator"], story.began)
    for row in rows:
        downloads.add_row(*row)
    story.console.print(downloads)
    actions = [action for _, action, _, _ in rows]
    story.check("every download was recorded", actions.count("DOWNLOAD") == 3, actions)
    story.console.print("\nWhere to look next")
    for name in ("API", "Documentation", "Mailbox"):
        story.console.print(f"  {name:<14} {urls[name]}", soft_wrap=True)
    for command, what in (
        ("ddp local token brand", "a token for the API"),
        ("ddp local logs ddp-local-object-created", "what the verifying function wrote"),
    ):
        story.console.print(f"  {command:<42} {what}")


def _tidy_up(story: Story, directory: StateDirectory, urls: dict[str, str]) -> None:
    """Trash the large archive, and clear its bytes away as the purge would: 100 MB a run add up."""
    file_id = _file_id(story, story.uploads[2][0])
    story.clients["brand"].call("DELETE", f"/files/{file_id}")
    s3 = _emulator(directory, urls).client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_object(
            Bucket=bucket["Name"], Key=f"files/{file_id}"
        )  # deleting what is not there is no error


def _emulator(directory: StateDirectory, urls: dict[str, str]) -> Emulator:
    port = urllib3.util.parse_url(urls["AWS endpoint"]).port or 0
    return Emulator(directory=directory.emulator, log=directory.log("emulator"), port=port)


def _history(database_url: str, since: datetime) -> list[tuple[str, str, str, str]]:
    """What row level security shows to the brand."""
    names = {user.user_id: user.user_name for user in USERS.values()}
    claims = json.dumps({"sub": str(USERS["brand"].user_id), "role": "authenticated"})
    with psycopg.connect(database_url) as connection:
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        connection.execute("set local role authenticated")
        rows = connection.execute(HISTORY.read_text(), {"since": since}).fetchall()
    return [
        (name, action, names.get(user, "anyone with the link"), f"{when.astimezone():%H:%M:%S}")
        for name, action, user, when in rows
    ]


def _farewell(*, was_up: bool) -> str:
    if was_up:
        return "\nThe stack stays up, as it was. `ddp local down` stops it."
    return (
        "\nThe stack is stopped again; its data stays. `make dev` (or `ddp local up`) starts it to stay up."
    )

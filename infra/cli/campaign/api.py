"""E-mail and SMS campaigns through the HTTP API, for the `ddp campaign` command and the demo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddp.channels import EMAIL, SMS, Channel
from infra.cli.api_client import ApiError, Client, FileToUpload, ask, body_of, send

# Final states of a send. `complete` means that every recipient is settled or unknown.
ENDED = {"complete", "cancelled", "failed"}

# States of recipients. A settled recipient has been sent the message, or never will be.
WAITING = ("pending", "sending")
SETTLED = (
    "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained", "suppressed", "cancelled", "missed",
)  # fmt: skip
ACCEPTED = ("sent", "delivered", "opened", "clicked", "bounced", "complained")


class NotVerifiedError(ApiError):
    """The claim to a domain or an address is not proved; the message says how to prove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An e-mail. Subject and HTML are Liquid; the sender's address must belong to a verified identity."""

    campaign_id: str
    subject: str
    html: str
    sender_email: str
    sender_name: str | None = None

    channel = EMAIL

    def body(self) -> dict[str, Any]:
        """The body of the request that creates it."""
        return {
            "campaign_id": self.campaign_id,
            "email_subject": self.subject,
            "email_content": self.html,
            "sender_email": self.sender_email,
            "sender_name": self.sender_name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDraft:
    """An SMS. The text is Liquid; `sender_number` is a number, a short code, a sender ID or auto."""

    campaign_id: str
    text: str
    sender_number: str = "auto"
    message_type: str = "promotional"

    channel = SMS

    def body(self) -> dict[str, Any]:
        """The body of the request that creates it."""
        return {
            "campaign_id": self.campaign_id,
            "sms_content": self.text,
            "sender_number": self.sender_number,
            "message_type": self.message_type,
        }


def new_campaign(client: Client, name: str, *, is_open: bool = False, approval: str = "none") -> str:
    """Create and activate a campaign of the calling brand; retailers may join an open one. Returns its id.

    `approval` says which messages of retailers wait for the brand: none, first or all.
    """
    body = {"campaign_name": name, "is_open": is_open, "approval": approval}
    campaign_id = str(ask(client, "POST", "/campaigns", body)["campaign_id"])
    ask(client, "POST", f"/campaigns/{campaign_id}/status", {"status": "active"})
    return campaign_id


@contextmanager
def campaign_for(client: Client, campaign_id: str, name: str) -> Iterator[str]:
    """The id of a campaign to try something in: the given one, or a new one, which is put away afterwards."""
    if campaign_id:
        yield campaign_id
        return
    made = new_campaign(client, name)
    try:
        yield made
    finally:
        for status in ("completed", "archived"):
            client.call("POST", f"/campaigns/{made}/status", {"status": status})


def claim_sender(client: Client, identity: str) -> dict[str, Any]:
    """Claim a domain or an address to send from. Raises NotVerifiedError with the missing DNS records."""
    found = ask(client, "POST", "/sender-identities", {"identity": identity})
    if found["status"] != "verified":
        records = "".join(
            f"\n  {each['type']} {each['name']} → {each['value']}" for each in found["dns_records"]
        )
        raise NotVerifiedError(
            f"{identity} is claimed, and not verified yet. {found['next_step'] or ''}{records}"
        )
    return found


def upload_recipients(client: Client, path: Path) -> str:
    """Upload a CSV file, wait until it is verified, return its id. Raises ApiError with the reason of a rejection."""
    return upload_csv(
        client, FileToUpload(name=path.name, content_type="text/csv", content=path.read_bytes())
    )


def upload_csv(client: Client, file: FileToUpload) -> str:
    """The same for a file in memory. Content that the caller uploaded before is not uploaded again."""
    asked = client.request_upload(file)
    if asked.status == 409 and (existing := asked.body.get("file_id")):
        return str(existing)
    upload = body_of(asked, f"Uploading {file.name}")
    if upload.get("part_count"):
        client.send_parts(upload, file, range(1, upload["part_count"] + 1))
        ask(client, "POST", f"/uploads/{upload['upload_id']}/complete")
    elif (status := send(upload["request"], file.content)) != 200:
        raise ApiError(f"S3 answered {status} to the upload of {file.name}.")
    settled = client.wait_for_upload(upload["upload_id"], seconds=300)
    if settled["status"] != "live":
        reason = (settled.get("rejection") or {}).get("reason", settled["status"])
        raise ApiError(f"{file.name} was rejected: {reason}")
    return str(settled["file_id"])


def make_draft(client: Client, draft: Draft | SmsDraft) -> str:
    """Create a draft; returns its id."""
    made = ask(client, "POST", messages(draft.channel), draft.body())
    return str(made[f"{draft.channel.name}_campaign_id"])


def file_audience(file_id: str) -> dict[str, str]:
    """An audience given as an uploaded CSV file."""
    return {"source": "file", "file_id": file_id}


def request_send(
    client: Client,
    channel_campaign_id: str,
    audience: Mapping[str, Any],
    *,
    channel: Channel = EMAIL,
    **options: Any,
) -> dict[str, Any]:
    """Ask to send a draft to an audience; `options` are further fields of the request. Returns the answer."""
    path = f"{messages(channel)}/{channel_campaign_id}/send"
    return ask(client, "POST", path, {"audience": dict(audience), **options})


def draft_and_send(
    client: Client, draft: Draft | SmsDraft, audience: Mapping[str, Any], **options: Any
) -> tuple[str, Sequence[str]]:
    """Create a draft and request that it is sent; returns its id and the API's warnings.

    A draft that is not sent is deleted again.
    """
    channel_campaign_id = make_draft(client, draft)
    try:
        answer = request_send(client, channel_campaign_id, audience, channel=draft.channel, **options)
    except ApiError:
        client.call("DELETE", f"{messages(draft.channel)}/{channel_campaign_id}")
        raise
    return channel_campaign_id, answer.get("warnings", [])


def messages(channel: Channel) -> str:
    """The path of a channel's drafts and sends."""
    return f"/{channel.name}-campaigns"


def progress(client: Client, channel_campaign_id: str, *, channel: Channel = EMAIL) -> dict[str, Any]:
    """The progress of a send, as the API gives it."""
    return ask(client, "GET", f"{messages(channel)}/{channel_campaign_id}/progress")


def follow(
    client: Client,
    channel_campaign_id: str,
    show: Callable[[dict[str, Any]], None],
    *,
    channel: Channel = EMAIL,
    seconds: float = float("inf"),
    interval: float = 1.0,
) -> dict[str, Any]:
    """Show the progress every `interval` seconds until the send has ended; returns the last progress.

    Raises ApiError after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        now = progress(client, channel_campaign_id, channel=channel)
        show(now)
        if now["status"] in ENDED and not now["counts"].get("sending"):
            return now
        if time.monotonic() > deadline:
            raise ApiError(
                f"The send did not end within {seconds:g} s. Its state: {now['summary']}, {now['counts']}."
            )
        time.sleep(interval)


def count(progress: dict[str, Any], *statuses: str) -> int:
    """The number of recipients in any of these states."""
    return sum(progress["counts"].get(status, 0) for status in statuses)

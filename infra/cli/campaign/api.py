"""E-mail campaigns through the HTTP API, for the `ddp campaign` command and the demo."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.cli.api_client import Answer, ApiError, Client, FileToUpload, send

# Final states of a send. `complete` means that every recipient is settled or unknown.
ENDED = {"complete", "cancelled", "failed"}

# States of recipients. A settled recipient has been sent the message, or never will be.
WAITING = ("pending", "sending")
SETTLED = (
    "sent", "delivered", "opened", "clicked", "failed", "bounced", "complained", "suppressed", "cancelled", "missed",
)  # fmt: skip
ACCEPTED = ("sent", "delivered", "opened", "clicked", "bounced", "complained")

# Statuses of a throttled or overloaded API: repeat the read, after these pauses in seconds.
BUSY = {429, 502, 503, 504}
PAUSES = (0.5, 1, 2, 4, 8)


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


def ask(client: Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The body of a successful answer; repeats reads while the API is busy. Raises ApiError with the API's sentence."""
    answer = client.call(method, path, body)
    for pause in PAUSES if method == "GET" else ():
        if answer.status not in BUSY:
            break
        time.sleep(pause)
        answer = client.call(method, path, body)
    return _body(answer, f"{method} {path}")


def _body(answer: Answer, what: str) -> dict[str, Any]:
    if answer.status >= 400:
        raise ApiError(f"{what} was refused ({answer.status}): {answer.problem}")
    return answer.body


def new_campaign(client: Client, name: str, *, is_open: bool = False) -> str:
    """Create and activate a campaign of the calling brand; retailers may join an open one. Returns its id."""
    body = {"campaign_name": name, "is_open": is_open}
    campaign_id = str(ask(client, "POST", "/campaigns", body)["campaign_id"])
    ask(client, "POST", f"/campaigns/{campaign_id}/status", {"status": "active"})
    return campaign_id


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
    upload = _body(asked, f"Uploading {file.name}")
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


def make_draft(client: Client, draft: Draft) -> str:
    """Create a draft; returns its id."""
    body = {
        "campaign_id": draft.campaign_id,
        "email_subject": draft.subject,
        "email_content": draft.html,
        "sender_email": draft.sender_email,
        "sender_name": draft.sender_name,
    }
    return str(ask(client, "POST", "/email-campaigns", body)["email_campaign_id"])


def request_send(client: Client, email_campaign_id: str, file_id: str, **options: Any) -> None:
    """Ask to send a draft to the recipients in an uploaded CSV file; `options` are further fields of the request."""
    audience = {"source": "file", "file_id": file_id}
    ask(client, "POST", f"/email-campaigns/{email_campaign_id}/send", {"audience": audience, **options})


def draft_and_send(client: Client, draft: Draft, file_id: str, **options: Any) -> str:
    """Create a draft and request that it is sent; returns its id. A draft that is not sent is deleted again."""
    email_campaign_id = make_draft(client, draft)
    try:
        request_send(client, email_campaign_id, file_id, **options)
    except ApiError:
        client.call("DELETE", f"/email-campaigns/{email_campaign_id}")
        raise
    return email_campaign_id


def progress(client: Client, email_campaign_id: str) -> dict[str, Any]:
    """The progress of a send, as the API gives it."""
    return ask(client, "GET", f"/email-campaigns/{email_campaign_id}/progress")


def follow(
    client: Client,
    email_campaign_id: str,
    show: Callable[[dict[str, Any]], None],
    *,
    seconds: float = float("inf"),
    interval: float = 1.0,
) -> dict[str, Any]:
    """Show the progress every `interval` seconds until the send has ended; returns the last progress.

    Raises ApiError after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        now = progress(client, email_campaign_id)
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

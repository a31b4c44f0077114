"""What `ddp campaign send` checks before it uploads or drafts anything: a refusal then leaves nothing behind.

The API has the last word, because it checks all of this again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ddp.channels import EMAIL
from ddp.csv_files import reading
from infra.cli.api_client import ApiError, Client
from infra.cli.campaign.api import Draft, ask
from infra.cli.typed import typed

LONGEST_SUBJECT: Final = 500
LATENESS: Final = (60, 2_592_000)  # seconds


def problem_of_recipients(file: Path) -> str | None:
    """What is wrong with a CSV file of recipients, as a sentence; None if its beginning looks right."""
    try:
        with file.open("rb") as content:
            found = reading.read(iter(lambda: content.read(1 << 16), b""), _has_addresses)
            _, first = reading.first_record(found)
            further = list(islice(found, 1))
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}."
    if not first:
        return f"{file} is empty."
    if not _has_addresses(first):
        return f"{file} has no column of addresses: its first line should name one `email`."
    if not further and not any("@" in field for field in first):
        return f"{file} has a header and no recipients."
    return None


def _has_addresses(first: Sequence[str]) -> bool:
    return any(reading.plain(field) in EMAIL.address_headings or "@" in field for field in first)


def problem_of_options(subject: str, at: datetime | None, lateness: int | None) -> str | None:
    """What is wrong with subject, time or lateness, as a sentence."""
    now = datetime.now(UTC)
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or "\n" in subject:
        return f"--subject must be one line of 1 to {LONGEST_SUBJECT} characters."
    if at and not now < at <= now + timedelta(days=365):
        return f"--at {at.isoformat()} is not within the next year."
    if lateness is not None and not LATENESS[0] <= lateness <= LATENESS[1]:
        return f"--max-lateness must be {LATENESS[0]} to {LATENESS[1]:,} seconds."
    return None


def check(client: Client, draft: Draft, *, options: Sequence[str]) -> None:
    """Ask the API whether this caller may send this e-mail. Raises ApiError with what to do.

    `draft` has an empty campaign_id if a campaign is to be made; `options` name the API and the user in commands that
    the message tells people to type.
    """
    _check_account(ask(client, "GET", "/me"), has_campaign=bool(draft.campaign_id))
    if draft.campaign_id:
        _check_campaign(ask(client, "GET", f"/campaigns/{draft.campaign_id}"))
    _check_sender(ask(client, "GET", "/sender-identities")["items"], draft.sender_email, options)
    sender = ask(client, "GET", "/senders/me")
    if sender["is_paused"]:
        raise ApiError(f"Sending is paused for this account: {sender['pause_reason']}")
    content = {"subject": draft.subject, "html": draft.html}
    answer = client.call("POST", "/templates/preview", {"template_content": content, "template_data": {}})
    if answer.status >= 400:
        raise ApiError(f"The subject or the content cannot be used: {answer.problem}")


def _check_account(me: dict[str, Any], *, has_campaign: bool) -> None:
    acting = me["acting"]
    if acting is None:
        raise ApiError("This user has no active account to send for. An administrator activates accounts.")
    if acting["member_role"] == "viewer":
        raise ApiError(f"You are a viewer of {acting['account']['name']}: only editors and owners send.")
    if acting["account_type"] == "retailer" and not has_campaign:
        raise ApiError(
            "A retailer sends in a campaign of a brand: name it with --campaign ID. GET /campaigns?scope=open lists "
            "those to join with POST /campaigns/ID/join."
        )


def _check_campaign(campaign: dict[str, Any]) -> None:
    if campaign["campaign_status"] != "active":
        raise ApiError(
            f"The campaign “{campaign['campaign_name']}” is {campaign['campaign_status']}: only an active one sends."
        )


def _check_sender(identities: list[dict[str, Any]], address: str, options: Sequence[str]) -> None:
    """As `may_send_from()`: a verified address, its domain, or a domain above that."""
    name, _, domain = address.lower().partition("@")
    if not name or not domain:
        raise ApiError(f"--from {address} is not an address.")
    fitting = [
        each
        for each in identities
        if each["identity"] == address.lower() or _covers(each["identity"], domain)
    ]
    if any(each["status"] == "verified" for each in fitting):
        return
    if not fitting:
        command = typed("campaign", "sender", domain, *options)
        raise ApiError(
            f"You may not send from {address}: claim the domain {domain}, or the address, and prove that it is yours. "
            f"This claims it, and says how to prove it:\n  {command}"
        )
    identity, step = fitting[0]["identity"], fitting[0]["next_step"] or ""
    command = typed("campaign", "sender", identity, *options)
    raise ApiError(
        f"You may not send from {address} yet: {identity} is claimed, not proved. {step}\n  {command}"
    )


def _covers(identity: str, domain: str) -> bool:
    return identity == domain or ("@" not in identity and domain.endswith(f".{identity}"))

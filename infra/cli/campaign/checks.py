"""What `ddp campaign send` checks before it uploads or drafts anything: a refusal then leaves nothing behind.

The API has the last word, because it checks all of this again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from ddp import rendering
from ddp.channels import EMAIL, SMS, Channel
from ddp.csv_files import reading
from ddp.errors import Invalid
from infra.cli.api_client import ApiError, Client, ask
from infra.cli.campaign.api import Draft, SmsDraft
from infra.cli.typed import typed

LONGEST_SUBJECT: Final = 500
LATENESS: Final = (60, 2_592_000)  # seconds
SPREAD: Final = (60, 259_200)  # seconds
LONGEST_TEXT: Final = 8_192  # bytes
MOST_PARTS: Final = 10
_COUNTRY: Final = re.compile("[A-Z]{2}")
_AMOUNT: Final = re.compile(r"[0-9]{1,8}(\.[0-9]{1,5})?")
_DURATION: Final = re.compile("([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHORT_LINK: Final = re.compile(r"\|\s*short_link\b")


def problem_of_recipients(file: Path, channel: Channel = EMAIL) -> str | None:
    """What is wrong with a CSV file of recipients, as a sentence; None if its beginning looks right."""
    is_address = _ADDRESSES[channel.name]

    def fits(fields: Sequence[str]) -> bool:
        return any(reading.plain(field) in channel.address_headings or is_address(field) for field in fields)

    try:
        with file.open("rb") as content:
            found = reading.read(iter(lambda: content.read(1 << 16), b""), fits)
            _, first = reading.first_record(found)
            further = list(islice(found, 1))
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}."
    if not first:
        return f"{file} is empty."
    if not fits(first):
        return (
            f"{file} has no column of {channel.addresses.removeprefix('e-mail ')}: its first line should name one"
            f" `{channel.address_member}`."
        )
    if not further and not any(is_address(field) for field in first):
        return f"{file} has a header and no recipients."
    return None


def _looks_like_a_number(field: str) -> bool:
    return sum(sign.isdigit() for sign in field) >= _FEWEST_DIGITS and not any(map(str.isalpha, field))


_FEWEST_DIGITS: Final = 6
_ADDRESSES: Final[dict[str, Callable[[str], bool]]] = {
    EMAIL.name: lambda field: "@" in field,
    SMS.name: _looks_like_a_number,
}


def problem_of_subject(subject: str) -> str | None:
    """What is wrong with the subject of an e-mail, as a sentence."""
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or "\n" in subject:
        return f"--subject must be one line of 1 to {LONGEST_SUBJECT} characters."
    return None


def problem_of_text(text: str) -> str | None:
    """What is wrong with the text of an SMS, as a sentence. The API has rules for short links, too."""
    if not text.strip():
        return "The text is empty."
    if len(text.encode()) > LONGEST_TEXT:
        return f"The text has more than {LONGEST_TEXT:,} bytes; a message has at most 1,600 characters."
    try:
        rendering.check(_SHORT_LINK.sub("", text), part="text")
    except Invalid as error:
        return f"The text cannot be used: {error.detail}"
    return None


def problem_of_money(options: Mapping[str, Any]) -> str | None:
    """What is wrong with the options of SMS, as a sentence."""
    country, cost, parts = (options.get(name) for name in ("default_country", "max_cost", "max_parts"))
    if country is not None and not _COUNTRY.fullmatch(country):
        return f"--default-country {country} is not a country's code of two capital letters, such as GB."
    if cost is not None and not (_AMOUNT.fullmatch(cost) and float(cost) > 0):
        return f"--max-cost {cost} is not an amount of US dollars above 0, such as 25.50."
    if parts is not None and not 1 <= parts <= MOST_PARTS:
        return f"--max-parts must be 1 to {MOST_PARTS}."
    return None


def problem_of_times(at: datetime | None, lateness: int | None) -> str | None:
    """What is wrong with time or lateness, as a sentence."""
    now = datetime.now(UTC)
    if at and not now < at <= now + timedelta(days=365):
        return f"--at {at.isoformat()} is not within the next year."
    if lateness is not None and not LATENESS[0] <= lateness <= LATENESS[1]:
        return f"--max-lateness must be {LATENESS[0]} to {LATENESS[1]:,} seconds."
    return None


def seconds_of(text: str) -> int | None:
    """Seconds of a time such as 90m or 6h; None if it is not one."""
    found = _DURATION.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] if found else None


def problem_of_spread(text: str | None) -> str | None:
    """What is wrong with the time over which messages are spread, as a sentence."""
    if text is None or SPREAD[0] <= (seconds_of(text) or 0) <= SPREAD[1]:
        return None
    return f"--spread-over {text} is not a time from 1 minute to 72 hours, such as 90m, 6h or 2d."


def check(client: Client, draft: Draft | SmsDraft, *, options: Sequence[str]) -> None:
    """Ask the API whether this caller may send this message. Raises ApiError with what to do.

    `draft` has an empty campaign_id if a campaign is to be made; `options` name the API and the user in commands that
    the message tells people to type.
    """
    _check_account(ask(client, "GET", "/me"), has_campaign=bool(draft.campaign_id))
    if draft.campaign_id:
        _check_campaign(ask(client, "GET", f"/campaigns/{draft.campaign_id}"))
    if isinstance(draft, SmsDraft):
        _check_sms_sender(ask(client, "GET", "/senders/me/sms"), draft)
        return
    _check_sender(ask(client, "GET", "/sender-identities")["items"], draft.sender_email, options)
    _check_not_paused(ask(client, "GET", "/senders/me"))
    content = {"subject": draft.subject, "html": draft.html}
    answer = client.call("POST", "/templates/preview", {"template_content": content, "template_data": {}})
    if answer.status >= 400:
        raise ApiError(f"The subject or the content cannot be used: {answer.problem}")


def _check_not_paused(sender: dict[str, Any]) -> None:
    if sender["is_paused"]:
        raise ApiError(f"Sending is paused for this account: {sender['pause_reason']}")


def _check_sms_sender(sender: dict[str, Any], draft: SmsDraft) -> None:
    _check_not_paused(sender)
    if not float(sender["monthly_budget"] or 0):
        raise ApiError("This account has no SMS budget: an administrator sets a monthly one.")
    if draft.message_type == "transactional" and not sender["may_send_transactional"]:
        raise ApiError(
            "Transactional SMS need an administrator's permission: ask for it, or leave --transactional out."
        )


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


def is_id(text: str) -> bool:
    """Whether a text is an id of ours."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True

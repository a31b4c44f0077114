"""The life of one recipient, as lines for a terminal: `ddp campaign explain`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from infra.cli.api_client import ApiError, Client
from infra.cli.campaign.api import BUSY, ask
from infra.cli.campaign.progress import MEANINGS

NOT_FOUND = 404


def find(client: Client, recipient: str, email_campaign_id: str | None) -> dict[str, Any]:
    """The history of a recipient, by its id or (of a named e-mail) its address. Raises ApiError if there is none."""
    if email_campaign_id:
        send_id = recipient if _is_id(recipient) else _send_id(client, email_campaign_id, recipient)
        return ask(client, "GET", f"/email-campaigns/{email_campaign_id}/sends/{send_id}")
    if not _is_id(recipient):
        raise ApiError(
            f"{recipient} is not an id. To look for an address, name the e-mail too: --email-campaign ID."
        )
    for each in _own_email_campaigns(client):
        answer = client.call("GET", f"/email-campaigns/{each}/sends/{recipient}")
        if answer.status in BUSY:
            return ask(client, "GET", f"/email-campaigns/{each}/sends/{recipient}")
        if answer.status != NOT_FOUND:
            return answer.body
    raise ApiError(f"None of your e-mails has a recipient {recipient}.")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _send_id(client: Client, email_campaign_id: str, address: str) -> str:
    found = ask(
        client, "GET", f"/email-campaigns/{email_campaign_id}/sends?{urlencode({'address': address})}"
    )
    if not found["items"]:
        raise ApiError(f"This e-mail has no recipient {address}.")
    return str(found["items"][0]["email_send_id"])


def _own_email_campaigns(client: Client) -> Iterator[str]:
    """The ids of the caller's e-mails, newest first."""
    cursor: str | None = ""
    while cursor is not None:
        page = ask(client, "GET", f"/email-campaigns?limit=100{cursor and f'&cursor={cursor}'}")
        yield from (each["email_campaign_id"] for each in page["items"])
        cursor = page["next_cursor"]


def lines(history: dict[str, Any]) -> list[str]:
    """The history as lines: who and in which state, then what happened in the order of time, then suppressions."""
    name = f" ({history['recipient_name']})" if history["recipient_name"] else ""
    state = f"{history['status']}: {MEANINGS.get(history['status'], '')}"
    return [
        f"{history['recipient_email']}{name}",
        f"{state}. Attempt {history['attempt']}; the send is {history['plan_status']}.",
        *(f"  {_local(time)}  {what}" for time, what in sorted(_moments(history), key=itemgetter(0))),
        *_suppressions(history),
    ]


def _moments(history: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(time, what happened); times are ISO 8601 in UTC, whose order is that of their texts."""
    call = history["call"] or {}
    accepted = f"{call.get('accepted')} of {call.get('recipients')} recipients accepted"
    due = _utc(history["not_before"])
    waited = history["requested_at"] is None or due > _utc(history["requested_at"])
    known = {
        "requested": history["requested_at"],
        "all recipients planned": history["planned_at"],
        "due (time, quiet hours, retry)": history["not_before"] if waited else None,
        "claimed by a worker": call.get("claimed_at"),
        f"call to the provider started, for {call.get('recipients')} recipients": call.get("started_at"),
        f"call ended, {accepted}": call.get("ended_at"),
        f"accepted by the provider as {history['provider_message_id']}": history["sent_at"],
        f"failed: {_joined(history['failure_code'], history['failure_reason'])}": history["failed_at"],
        "the result became unknown": history["unknown_at"],
        "unsubscribed": history["unsubscribed_at"],
    }
    for what, time in known.items():
        if time:
            yield _utc(time), what
    for event in history["events"]:
        yield _utc(event["occurred_at"]), _event(event)


def _event(event: dict[str, Any]) -> str:
    by = ", by a machine" if event["is_machine"] else ""
    detail = ", ".join(f"{key}: {value}" for key, value in (event["detail"] or {}).items() if value)
    return f"event {event['event_type']} (attempt {event['attempt']}{by}) {detail}".rstrip()


def _suppressions(history: dict[str, Any]) -> Iterator[str]:
    if history["suppressions"] is None:
        yield "Whether the address is suppressed is not shown: the recipients are users of the platform."
        return
    if not history["suppressions"]:
        yield "The address is not suppressed."
    for each in history["suppressions"]:
        if each["reason"] is None:
            yield "The address is suppressed for every sender."
        else:
            by = ", by this message" if each["by_this_message"] else ""
            yield f"The address is suppressed since {_local(_utc(each['since']))}: {each['reason']}{by}."


def _joined(*texts: str | None) -> str:
    return ", ".join(text for text in texts if text)


def _utc(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).isoformat(timespec="microseconds")


def _local(time: str) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}"

"""The life of one recipient, as lines for a terminal: `ddp campaign explain`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from ddp.channels import EMAIL, SMS, Channel
from infra.cli.api_client import BUSY, ApiError, Client, ask
from infra.cli.campaign import checks
from infra.cli.campaign.api import messages
from infra.cli.campaign.progress import MEANINGS

NOT_FOUND = 404


def find(
    client: Client, recipient: str, channel_campaign_id: str | None, channel: Channel = EMAIL
) -> dict[str, Any]:
    """The history of a recipient, by its id or (of a named message) its address. Raises ApiError if there is none."""
    path = messages(channel)
    if channel_campaign_id:
        send_id = (
            recipient
            if checks.is_id(recipient)
            else _send_id(client, channel_campaign_id, recipient, channel)
        )
        return ask(client, "GET", f"{path}/{channel_campaign_id}/sends/{send_id}")
    if not checks.is_id(recipient):
        raise ApiError(
            f"{recipient} is not an id. To look for {'a number' if channel is SMS else 'an address'}, name the"
            f" {channel.noun} too: --{channel.name}-campaign ID."
        )
    for each in _own_messages(client, channel):
        answer = client.call("GET", f"{path}/{each}/sends/{recipient}")
        if answer.status in BUSY:
            return ask(client, "GET", f"{path}/{each}/sends/{recipient}")
        if answer.status != NOT_FOUND:
            return answer.body
    raise ApiError(f"None of your {'SMS' if channel is SMS else 'e-mails'} has a recipient {recipient}.")


def _send_id(client: Client, channel_campaign_id: str, address: str, channel: Channel) -> str:
    query = urlencode({"phone" if channel is SMS else "address": address})
    found = ask(client, "GET", f"{messages(channel)}/{channel_campaign_id}/sends?{query}")
    if not found["items"]:
        raise ApiError(f"This {channel.noun} has no recipient {address}.")
    return str(found["items"][0][f"{channel.name}_send_id"])


def _own_messages(client: Client, channel: Channel) -> Iterator[str]:
    """The ids of the caller's e-mails or SMS, newest first."""
    cursor: str | None = ""
    while cursor is not None:
        page = ask(client, "GET", f"{messages(channel)}?limit=100{cursor and f'&cursor={cursor}'}")
        yield from (each[f"{channel.name}_campaign_id"] for each in page["items"])
        cursor = page["next_cursor"]


def lines(history: dict[str, Any]) -> list[str]:
    """The history as lines: who and in which state, then what happened in the order of time, then suppressions."""
    name = f" ({history['recipient_name']})" if history["recipient_name"] else ""
    code = history["failure_code"] if history["status"] in ("missed", "suppressed") else None
    why = _joined(code, history["failure_reason"]) if code else MEANINGS.get(history["status"], "")
    state = f"{history['status']}: {why.rstrip('.')}"
    return [
        f"{history.get('recipient_email') or history['recipient_phone']}{name}",
        f"{state}. Attempt {history['attempt']}; the send is {history['plan_status']}.",
        *_sms_lines(history),
        *(f"  {_local(time)}  {what}" for time, what in sorted(_moments(history), key=itemgetter(0))),
        *_suppressions(history),
    ]


def _sms_lines(history: dict[str, Any]) -> Iterator[str]:
    """What an SMS is sent from, and what it costs."""
    if history.get("encoding"):
        yield (
            f"From {history['identity']} to {history['country']}: {history['parts']} part(s) of {history['encoding']}, "
            f"${history['price']}; charged ${history['charged']}."
        )


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
    by = ", by a machine" if event.get("is_machine") else ""
    detail = ", ".join(f"{key}: {value}" for key, value in (event["detail"] or {}).items() if value)
    return f"event {event['event_type']} (attempt {event['attempt']}{by}) {detail}".rstrip()


def _suppressions(history: dict[str, Any]) -> Iterator[str]:
    if history["suppressions"] is None:
        yield "Whether the recipient is suppressed is not shown: the recipients are users of the platform."
        return
    if not history["suppressions"]:
        yield "The recipient is not suppressed."
    for each in history["suppressions"]:
        if each["reason"] is None:
            yield "The recipient is suppressed for every sender."
        else:
            by = ", by this message" if each["by_this_message"] else ""
            yield f"The recipient is suppressed since {_local(_utc(each['since']))}: {each['reason']}{by}."


def _joined(*texts: str | None) -> str:
    return ", ".join(text for text in texts if text)


def _utc(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).isoformat(timespec="microseconds")


def _local(time: str) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M:%S}"

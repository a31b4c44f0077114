"""The queue messages between the stages of sending. Each is a hint that there is work; the work is in the database.

A body is a JSON object: `type` is the class's name, the other members are its fields. Each channel has its own plan and
send queues; exports and reconciliation serve all channels.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSend:
    """Queue <channel>-plan: put the recipients of a plan into the ledger."""

    send_plan_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSend:
    """Queue <channel>-plan: work out what a send would do."""

    send_forecast_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SendChunk:
    """Queue <channel>-send: some recipients of a plan are due."""

    send_plan_id: UUID
    chunk_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTest:
    """Queue <channel>-send: make a test send."""

    test_send_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSends:
    """Queue sending-export: write a ledger, or a plan's rejected records, into a file."""

    send_export_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Queue sending-reconcile: once per minute, find what was left behind."""


Message = PlanSend | ForecastSend | SendChunk | SendTest | ExportSends | Reconcile

_TYPES: dict[str, type[Message]] = {
    message.__name__: message
    for message in (PlanSend, ForecastSend, SendChunk, SendTest, ExportSends, Reconcile)
}


def serialise(message: Message) -> str:
    """The body of a queue message."""
    members = {field.name: getattr(message, field.name) for field in fields(message)}
    return json.dumps({"type": type(message).__name__, **members}, default=str)


def parse(body: str) -> Message | None:
    """The message in a body. None for anything else, which the caller logs and drops; a retry would not help.

    Unknown members are ignored, because a newer release may have sent them.
    """
    try:
        members = json.loads(body)
        message_type = _TYPES[members["type"]]
        values: dict[str, Any] = {
            field.name: _value(members[field.name], str(field.type)) for field in fields(message_type)
        }
    except (ValueError, KeyError, TypeError):
        return None
    return message_type(**values)


def _value(value: object, annotation: str) -> UUID | int:
    if annotation == "UUID" and isinstance(value, str):
        return UUID(value)
    if annotation == "int" and type(value) is int:
        return value
    raise TypeError(annotation)

"""Queue messages: encoded, decoded, and refused if they are not ours."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from functions.sending.messages import (
    ExportSends,
    Message,
    PlanSend,
    Reconcile,
    SendChunk,
    SendTest,
    parse,
    serialise,
)

ID = UUID("7f3c1f60-3c0e-4c88-9d7c-2f4a5c1b0d11")


@pytest.mark.parametrize(
    ("message", "body"),
    [
        (PlanSend(send_plan_id=ID), {"type": "PlanSend", "send_plan_id": str(ID)}),
        (
            SendChunk(send_plan_id=ID, chunk_no=7),
            {"type": "SendChunk", "send_plan_id": str(ID), "chunk_no": 7},
        ),
        (SendTest(test_send_id=ID), {"type": "SendTest", "test_send_id": str(ID)}),
        (ExportSends(send_export_id=ID), {"type": "ExportSends", "send_export_id": str(ID)}),
        (Reconcile(), {"type": "Reconcile"}),
    ],
)
def test_there_and_back(message: Message, body: dict[str, object]) -> None:
    assert json.loads(serialise(message)) == body
    assert parse(json.dumps(body)) == message


def test_members_of_a_newer_release_are_left_out() -> None:
    assert parse(f'{{"type": "PlanSend", "send_plan_id": "{ID}", "priority": 1}}') == PlanSend(
        send_plan_id=ID
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"type": "Other"}',
        '{"type": ["PlanSend"]}',
        '{"type": "PlanSend"}',
        '{"type": "PlanSend", "send_plan_id": "7"}',
        '{"type": "PlanSend", "send_plan_id": 7}',
        f'{{"type": "SendChunk", "send_plan_id": "{ID}", "chunk_no": "7"}}',
        f'{{"type": "SendChunk", "send_plan_id": "{ID}", "chunk_no": true}}',
        "\x00",
    ],
)
def test_what_is_none_of_ours(body: str) -> None:
    assert parse(body) is None

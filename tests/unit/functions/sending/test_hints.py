"""Hints are sent if the queue is available; if not, nothing else fails."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ddp import queues
from ddp.errors import Transient
from functions.sending import hints
from functions.sending.messages import PlanSend, SendChunk

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/email-send"
PLAN, SENDER = UUID(int=1), UUID(int=2)


def test_each_piece_of_work_is_one_message_of_its_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(queues, "send", lambda *values, **options: sent.append((*values, options)))
    work = [SendChunk(send_plan_id=PLAN, chunk_no=number) for number in (1, 2)]
    assert hints.tell(URL, work, delay=30, sender=SENDER) is True
    ((url, bodies, options),) = sent
    assert url == URL
    assert [json.loads(body)["chunk_no"] for body in bodies] == [1, 2]
    assert options == {"delay": 30, "group": str(SENDER)}


@pytest.mark.parametrize(
    "error",
    [
        Transient("SQS goes on refusing"),
        EndpointConnectionError(endpoint_url=URL),
        ClientError({"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue"}}, "SendMessageBatch"),
    ],
)
def test_a_queue_that_is_unavailable_is_said_and_harmless(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(queues, "send", refuse)
    assert hints.tell(URL, [PlanSend(send_plan_id=PLAN)]) is False


def test_a_mistake_of_ours_is_not_taken_for_an_unavailable_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise ValueError("a message that SQS never takes")

    monkeypatch.setattr(queues, "send", refuse)
    with pytest.raises(ValueError, match="never takes"):
        hints.tell(URL, [PlanSend(send_plan_id=PLAN)])

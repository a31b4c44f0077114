"""One id finds the log lines of everything that a request set in motion: of HTTP, the plan, and its chunks."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest

from ddp.observability import logger
from tests import lambdas
from tests.database.functions.messaging import Mailing
from tests.transports import ScriptedTransport

REQUEST_ID = lambdas.http_event("GET", "/")["requestContext"]["requestId"]


def deliver(mailing: Mailing, function: Any, queue: str, plan_id: str) -> dict[str, str]:
    """Deliver the next message about the plan as Lambda's poller does: with its attributes, which it returns."""
    sqs, url = boto3.client("sqs"), mailing.queues[queue]
    message: Any = {"Body": ""}
    while plan_id not in message["Body"]:  # reconciliation tells about other tests' plans too
        (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    event = lambdas.with_message(lambdas.sample("email/plan"), json.loads(message["Body"]))
    event["Records"][0]["messageAttributes"] = {
        name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    mailing.platform.login("ddp_worker")
    assert function.handler(event, lambdas.Context()) == {"batchItemFailures": []}
    return {
        name: attribute["StringValue"] for name, attribute in message.get("MessageAttributes", {}).items()
    }


def forget(mailing: Mailing, *queues: str) -> None:
    """Lose all messages, and what the database believes of them."""
    for queue in queues:
        boto3.client("sqs").purge_queue(QueueUrl=mailing.queues[queue])
    mailing.platform.run("update send_plans set queued_at = null")
    mailing.platform.run("update ddp.send_chunks set queued_at = null")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """The log lines since the last call that have the request's id."""
    found = [json.loads(line) for line in log.getvalue().splitlines()]
    log.seek(0)
    log.truncate()
    return [line for line in found if line.get("correlation_id") == REQUEST_ID]


def test_one_id_finds_the_lines_of_the_request_the_plan_and_a_chunk(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    from functions.email import plan, send

    monkeypatch.setattr(send.email, "configured", lambda: ScriptedTransport())
    send.dispatcher.cache_clear()
    message = mailing.draft()
    lines(log)
    assert mailing.send(message).status == 202
    (answered,) = lines(log)
    assert (answered["message"], answered["status"]) == ("request answered", 202)
    assert answered["route"] == "POST /email-campaigns/{email_campaign_id}/send"
    assert answered["user_id"] == str(mailing.platform.users["retailer"])

    plan_id = str(mailing.plan(message))
    deliver(mailing, plan, "plan", plan_id)
    assert {"message": "planned", "send_plan_id": plan_id}.items() <= lines(log)[-1].items()

    deliver(mailing, send, "send", plan_id)
    sent = {"message": "sent", "send_plan_id": plan_id, "chunk_no": 1}
    assert sent.items() <= lines(log)[-1].items()
    send.dispatcher.cache_clear()


def test_it_finds_them_too_where_reconciliation_had_to_tell_the_workers(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    from functions.email import plan, send
    from functions.sending import reconcile

    monkeypatch.setattr(send.email, "configured", lambda: ScriptedTransport())
    send.dispatcher.cache_clear()
    message = mailing.sent()
    plan_id = str(mailing.plan(message))
    forget(mailing, "plan")
    logger.remove_keys(["correlation_id"])  # another execution environment
    mailing.platform.login("ddp_worker")
    reconcile.email.tell()
    lines(log)
    assert deliver(mailing, plan, "plan", plan_id) == {}  # the plan's row has it
    assert {"message": "planned", "send_plan_id": plan_id}.items() <= lines(log)[-1].items()

    forget(mailing, "send")
    logger.remove_keys(["correlation_id"])
    reconcile.email.tell()
    assert deliver(mailing, send, "send", plan_id) == {"request_id": REQUEST_ID}
    *claims, sent = (line for line in lines(log) if line["message"] in {"claimed", "sent"})
    assert sum(claim["recipients"] for claim in claims if claim["send_plan_id"] == plan_id) == 2
    assert {"message": "sent", "send_plan_id": plan_id, "chunk_no": 1}.items() <= sent.items()
    send.dispatcher.cache_clear()


def test_a_browser_that_asks_the_database_has_no_id_or_one_of_few_characters(mailing: Mailing) -> None:
    ask = "select set_config('request.headers', %s, true), ddp.request_id()"
    for given, kept in (("a=b_1", "a=b_1"), ("a b", None), ("x" * 101, None), ('<"', None)):
        assert mailing.platform.query(ask, json.dumps({"x-request-id": given}))[0][1] == kept

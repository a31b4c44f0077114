"""Processing batches and sending messages, against moto's SQS."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from ddp import db, queues
from ddp.errors import Permanent, Transient
from ddp.observability import logger
from tests import lambdas

pytestmark = pytest.mark.thorough

HIDDEN = 1800


@pytest.fixture
def sqs():
    with mock_aws():
        queues.client.cache_clear()
        yield boto3.client("sqs")
        queues.client.cache_clear()


@pytest.fixture
def url(sqs) -> str:
    """The URL of a new queue. Its name is unique, because another test's emulation of AWS may still have its queues."""
    attributes = {"VisibilityTimeout": str(HIDDEN)}
    return sqs.create_queue(QueueName=f"ddp-test-{uuid4()}", Attributes=attributes)["QueueUrl"]


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr(queues.time, "sleep", lambda _: None)


def name_in(url: str) -> str:
    return url.rpartition("/")[2]


def received(sqs, url: str) -> dict:
    """An event with the visible messages of the queue, as Lambda's poller makes it."""
    names = {
        "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
        "MaxNumberOfMessages": 10,
    }
    messages = sqs.receive_message(QueueUrl=url, **names).get("Messages", [])
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {
                name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
                for name, attribute in message.get("MessageAttributes", {}).items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{lambdas.REGION}:123456789012:{name_in(url)}",
            "awsRegion": lambdas.REGION,
        }
        for message in messages
    ]
    return {"Records": records}


def hidden_for(sqs, url: str) -> Iterator[tuple[str, float]]:
    """Each message's body and the seconds until it is visible, read from the emulator."""
    from moto.core.utils import unix_time_millis
    from moto.sqs.models import sqs_backends

    queue = sqs_backends["123456789012"][lambdas.REGION].queues[name_in(url)]
    for message in queue._messages:
        yield message.body, (message.visible_at - unix_time_millis()) / 1000


def fail(record, *, on=lambda body: True, error=ValueError):
    if on(record.body):
        raise error


def process(event, work):
    answer = queues.process(event, lambdas.Context(), work)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_only_what_failed_comes_again_and_soon(sqs, url):
    queues.send(url, ["good", "bad", "fine"])
    event = received(sqs, url)
    failed = process(event, lambda record: fail(record, on=lambda body: body == "bad"))
    assert failed == [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
    hidden = dict(hidden_for(sqs, url))
    assert hidden["bad"] == pytest.approx(10, abs=5)
    assert hidden["good"] > HIDDEN - 30  # Lambda deletes these; nobody touched them


def test_messages_that_all_say_the_same_share_the_fate_of_the_first(sqs, url):
    queues.send(url, ["a", "b", "c"])
    event = received(sqs, url)
    done = []
    assert queues.process_first(event, lambdas.Context(), done.append) == {"batchItemFailures": []}
    assert len(done) == 1
    answer = queues.process_first(event, lambdas.Context(), fail)
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == [
        r["messageId"] for r in event["Records"]
    ]


def test_a_batch_in_which_all_fail_is_no_error_of_the_function(sqs, url):
    queues.send(url, ["a", "b"])
    event = received(sqs, url)
    assert process(event, fail) == [record["messageId"] for record in event["Records"]]


@pytest.mark.parametrize(
    ("received_times", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 640), (5, 900), (6, 900)]
)
def test_each_time_it_fails_it_waits_longer(sqs, url, received_times, seconds):
    queues.send(url, ["a"])
    event = received(sqs, url)
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(received_times)
    process(event, fail)
    assert dict(hidden_for(sqs, url))["a"] == pytest.approx(seconds, abs=5)


def test_a_message_received_very_often_is_no_overflow():
    assert queues.delay(10_000) == 900


@pytest.mark.parametrize(
    ("asked", "seconds"), [(0, 0), (-5, 0), (1.2, 2), (300, 300), (86_400, 42_300), (math.inf, 42_300)]
)
def test_the_other_side_may_name_the_time(asked, seconds):
    assert queues.delay(3, Transient("throttled", retry_after=asked)) == seconds
    assert queues.delay(2, Transient("throttled")) == 40
    assert queues.delay(2, Permanent("settled by nobody")) == 40


def test_the_time_that_was_asked_for_is_the_messages_own(sqs, url):
    queues.send(url, ["60", "600"])
    process(received(sqs, url), lambda r: fail(r, error=Transient("slow down", retry_after=int(r.body))))
    assert dict(hidden_for(sqs, url)) == pytest.approx({"60": 60, "600": 600}, abs=5)


def test_more_than_ten_failures_are_all_made_to_come_soon(sqs, url):
    queues.send(url, [str(n) for n in range(25)])
    event = {"Records": [record for _ in range(3) for record in received(sqs, url)["Records"]]}
    assert len(process(event, fail)) == 25
    assert all(seconds < 15 for _, seconds in hidden_for(sqs, url))


def test_where_the_time_cannot_be_set_the_batch_is_answered_all_the_same(sqs, url):
    queues.send(url, ["a"])
    event = received(sqs, url)
    sqs.delete_queue(QueueUrl=url)
    assert len(process(event, fail)) == 1


def test_a_batch_without_failures_needs_no_client(monkeypatch):
    monkeypatch.setattr(queues, "client", None)
    assert process(lambdas.sample("uploads/object_created"), lambda record: None) == []


def test_the_log_names_the_message_and_the_keys_of_one_are_not_the_next_ones(sqs, url, monkeypatch):
    queues.send(url, ["a", "b"])
    event = received(sqs, url)
    seen = []

    def work(record):
        seen.append(dict(logger.get_current_keys()))
        logger.append_keys(**{f"of_{record.body}": 1})
        raise ValueError(record.body)

    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.levelname, dict(logger.get_current_keys())))
    logger.addHandler(handler)
    try:
        process(event, work)
    finally:
        logger.removeHandler(handler)
        logger.clear_state()
    first, second = event["Records"]
    assert [keys["message_id"] for keys in seen] == [first["messageId"], second["messageId"]]
    assert "of_a" not in seen[1]
    errors = [keys for level, keys in lines if level == "ERROR"]  # what the function's alarm counts
    assert [("of_a" in keys, "of_b" in keys) for keys in errors] == [(True, False), (False, True)]


def test_a_message_that_failed_is_one_error_with_its_reason_and_attempt(sqs, url, caplog):
    queues.send(url, ["good", "bad"])
    process(received(sqs, url), lambda record: fail(record, on=lambda body: body == "bad"))
    (error,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (error.message, error.attempt, error.exc_info[0]) == ("the message failed", 1, ValueError)


def test_messages_go_ten_at_a_time(sqs, url):
    assert queues.send(url, (str(n) for n in range(25))) == 25
    assert sorted(int(body) for body, _ in hidden_for(sqs, url)) == list(range(25))
    assert queues.send(url, []) == 0


def test_a_request_has_no_more_bytes_than_sqs_takes(sqs, url, monkeypatch):
    sizes = []
    sending = queues.client().send_message_batch

    def watched(**request):
        sizes.append([len(entry["MessageBody"].encode()) for entry in request["Entries"]])
        return sending(**request)

    monkeypatch.setattr(queues.client(), "send_message_batch", watched)
    queues.send(url, ["é" * 50_000] * 5)
    assert sizes == [[100_000] * 2, [100_000] * 2, [100_000]]


def test_a_delayed_message_is_hidden_meanwhile(sqs, url):
    queues.send(url, ["later"], delay=900)
    assert received(sqs, url)["Records"] == []
    queues.send(url, ["now"])
    assert [record["body"] for record in received(sqs, url)["Records"]] == ["now"]


def test_a_delay_that_sqs_does_not_know_is_refused(sqs, url):
    with pytest.raises(Exception, match=r"DelaySeconds|InvalidParameterValue"):
        queues.send(url, ["a"], delay=901)


class Refusing:
    """A client whose queue refuses the message "b" the given number of times."""

    def __init__(self, times: int, *, fault: bool = False) -> None:
        self.times, self.fault, self.requests = times, fault, []

    def send_message_batch(self, **request):
        self.requests.append(request["Entries"])
        refused = [entry for entry in request["Entries"] if entry["MessageBody"] == "b" and self.times > 0]
        self.times -= 1
        failed = [
            {"Id": e["Id"], "SenderFault": self.fault, "Code": "InternalError", "Message": "?"}
            for e in refused
        ]
        return {"Successful": [], "Failed": failed} if failed else {"Successful": []}


def refusing(monkeypatch, times: int, **options) -> Refusing:
    client = Refusing(times, **options)
    monkeypatch.setattr(queues, "client", lambda: client)
    return client


def test_what_sqs_failed_to_take_is_sent_again_and_nothing_else(monkeypatch, no_pauses):
    client = refusing(monkeypatch, 2)
    assert queues.send("https://queue", ["a", "b", "c"], delay=5, group="brand-1") == 3
    assert [[e["MessageBody"] for e in entries] for entries in client.requests] == [list("abc"), ["b"], ["b"]]
    sent = [entry for entries in client.requests for entry in entries]
    assert {(entry["DelaySeconds"], entry["MessageGroupId"]) for entry in sent} == {(5, "brand-1")}


def test_a_queue_that_goes_on_refusing_is_transient(monkeypatch, no_pauses):
    client = refusing(monkeypatch, 99)
    with pytest.raises(Transient, match="did not accept 1 of 2"):
        queues.send("https://queue", ["a", "b"])
    assert len(client.requests) == 4


def test_a_message_that_is_the_senders_fault_is_not_tried_again(monkeypatch, no_pauses):
    client = refusing(monkeypatch, 99, fault=True)
    with pytest.raises(ValueError, match="InternalError"):
        queues.send("https://queue", ["a", "b"])
    assert len(client.requests) == 1


@pytest.mark.parametrize(("configured", "closed"), [(True, ["closed"]), (False, [])])
def test_a_function_that_a_schedule_starts_closes_its_connection_after_each_batch(
    sqs, url, monkeypatch, configured, closed
):
    events = []
    monkeypatch.setattr(queues, "CLOSE_CONNECTION", configured)
    monkeypatch.setattr(db, "close", lambda: events.append("closed"))
    sqs.send_message(QueueUrl=url, MessageBody="1")
    queues.process(received(sqs, url), lambdas.Context(), lambda _: events.append("worked"))
    assert events == ["worked", *closed]


@pytest.fixture
def of_a_request():
    """The id of a request, which is being answered."""
    logger.set_correlation_id("request-1")
    yield "request-1"
    logger.remove_keys(["correlation_id"])


def test_the_id_of_a_request_reaches_the_worker_and_what_the_worker_sends(sqs, url, of_a_request):
    queues.send(url, ["first"])
    event = received(sqs, url)
    logger.remove_keys(["correlation_id"])  # the worker runs elsewhere
    seen = []

    def work(record):
        seen.append(logger.get_correlation_id())
        queues.send(url, ["second"])

    process(event, work)
    logger.remove_keys(["correlation_id"])
    process(received(sqs, url), lambda record: seen.append(logger.get_correlation_id()))
    assert seen == [of_a_request, of_a_request]


def test_a_message_without_an_id_has_no_other_messages_id(sqs, url, of_a_request):
    queues.send(url, ["of a request"])
    logger.remove_keys(["correlation_id"])
    queues.send(url, ["of a schedule"])
    event = received(sqs, url)
    event["Records"].sort(key=lambda record: record["body"], reverse=True)
    seen = set()
    for _ in range(2):  # the environment is used again: what the last message left must not reach the first
        process(event, lambda record: seen.add((record.body, logger.get_correlation_id())))
    assert seen == {("of a request", of_a_request), ("of a schedule", None)}


def test_the_line_of_a_failure_has_the_id(sqs, url, of_a_request):
    queues.send(url, ["bad"])
    event = received(sqs, url)
    logger.remove_keys(["correlation_id"])
    process(event, fail)
    assert logger.get_correlation_id() == of_a_request

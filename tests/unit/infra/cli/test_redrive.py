"""`ddp redrive` on moto's SQS (a deployed stage) and on the emulator's (stage local)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.cli import redrive
from infra.cli.main import main
from infra.local.aws.emulator import Emulator
from infra.local.processes import ProcessId
from infra.local.state import Phase, State, StateDirectory

pytestmark = pytest.mark.thorough

REGION = "eu-central-1"  # of stage prod in cdk.json
WRAPPED = {"MessageBody": '{"type": "Reconcile"}', "QueueUrl": "https://queue"}


@dataclass(frozen=True, slots=True)
class Queues:
    """A queue and its dead-letter queue in one stage."""

    stage: str
    sqs: Any
    queue: str
    dead: str

    def redrive(self, *options: str) -> int:
        return main(["redrive", "work", "--stage", self.stage, *options])

    def fail(self, text: str, **options: str) -> None:
        """Let a message fail in the queue until it moves to the dead-letter queue."""
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=text, **options)
        for _ in range(2):
            self.sqs.receive_message(QueueUrl=self.queue, VisibilityTimeout=0)

    def undelivered(self, text: str, **attributes: str) -> None:
        """What a service that could not deliver a message puts into the dead-letter queue."""
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.sqs.send_message(QueueUrl=self.dead, MessageBody=text, MessageAttributes=values)

    def texts(self, url: str) -> list[str]:
        """The visible messages of a queue, which then are hidden."""
        found = []
        while messages := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            found += [m["Body"] for m in messages]
        return sorted(found)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(redrive, "WAIT", 0)


def queues_of(stage: str, sqs: Any) -> Queues:
    dead = sqs.create_queue(QueueName=f"ddp-{stage}-work-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    queue = sqs.create_queue(QueueName=f"ddp-{stage}-work", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    return Queues(stage, sqs, queue, dead)


@pytest.fixture
def moto(monkeypatch) -> Iterator[Queues]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield queues_of("prod", boto3.client("sqs", region_name=REGION))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory) -> Iterator[Emulator]:
    directory = tmp_path_factory.mktemp("emulator")
    started = Emulator(directory=directory, log=directory / "emulator.log")
    started.start()
    yield started
    started.stop()


@pytest.fixture
def local(emulator, tmp_path, monkeypatch) -> Iterator[Queues]:
    """The local stack as far as the command sees it: its record names the emulator."""
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path))
    me = ProcessId.of(os.getpid())
    StateDirectory().write(State(phase=Phase.READY, supervisor=me, urls={"AWS endpoint": emulator.url}))
    made = queues_of("local", emulator.client("sqs"))
    yield made
    for url in (made.queue, made.dead):
        made.sqs.delete_queue(QueueUrl=url)


@pytest.fixture(params=["moto", "local"])
def queues(request) -> Queues:
    return request.getfixturevalue(request.param)


def test_every_message_goes_back_whatever_brought_it_there(queues, capsys):
    queues.fail("failed")
    queues.undelivered('{"source": "aws.s3"}', RULE_ARN="arn:rule", ERROR_CODE="NO_PERMISSIONS")
    queues.undelivered('{"eventType": "Send"}', RequestID="1", ErrorCode="KMS.DisabledException")
    queues.undelivered(json.dumps(WRAPPED), SCHEDULE_ARN="arn:schedule", IS_PAYLOAD_TRUNCATED="false")
    queues.undelivered('{"type": "Reconcile", "n": 2}', SCHEDULE_ARN="arn:schedule")
    assert queues.redrive() == 0
    # moto does not say which queue a message failed in.
    failed = redrive.FAILED_IN_QUEUE if queues.stage == "local" else redrive.UNKNOWN
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert {what: number for number, what in lines} == {
        failed: "1",
        redrive.ORIGINS["RULE_ARN"]: "1",
        redrive.ORIGINS["RequestID"]: "1",
        redrive.ORIGINS["SCHEDULE_ARN"]: "2",
        f"messages were moved to ddp-{queues.stage}-work.": "5",
    }
    expected = ["failed", '{"source": "aws.s3"}', '{"eventType": "Send"}', WRAPPED["MessageBody"]]
    assert queues.texts(queues.queue) == sorted([*expected, '{"type": "Reconcile", "n": 2}'])
    assert queues.texts(queues.dead) == []


def test_a_dry_run_counts_and_leaves_everything_where_it_is(queues, capsys):
    for number in range(12):
        queues.undelivered(str(number), RULE_ARN="arn:rule")
    assert queues.redrive("--dry-run") == 0
    assert "12 messages can be moved" in capsys.readouterr().out
    assert len(queues.texts(queues.dead)) == 12
    assert queues.texts(queues.queue) == []


def test_an_empty_queue_is_no_error(queues, capsys):
    assert queues.redrive() == 0
    assert "0 messages were moved" in capsys.readouterr().out


def test_messages_that_are_too_long_for_one_request_go_one_by_one(queues):
    for letter in "abc":
        queues.undelivered(letter * 200_000, RULE_ARN="arn:rule")
    assert queues.redrive() == 0
    assert [text[0] for text in queues.texts(queues.queue)] == ["a", "b", "c"]


def test_a_group_is_kept(local):
    local.fail("hint", MessageGroupId="brand-1")
    assert local.redrive() == 0
    (message,) = local.sqs.receive_message(
        QueueUrl=local.queue, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "brand-1"


def test_what_the_scheduler_truncated_stays(queues, capsys):
    queues.undelivered('{"type": "Recon', SCHEDULE_ARN="arn:schedule", IS_PAYLOAD_TRUNCATED="true")
    assert queues.redrive() == 1
    assert "1 messages stay" in capsys.readouterr().out
    assert queues.texts(queues.dead) == ['{"type": "Recon']


def test_nothing_is_deleted_before_its_queue_has_it(moto, monkeypatch, capsys):
    """Of three messages the queue accepts one, and the connection breaks during the next request."""
    for text in "abc":
        moto.undelivered(text, RULE_ARN="arn:rule")
    client = redrive.sqs_of(redrive.Stage.PROD)
    sending = client.send_message_batch

    def refusing(**request: Any) -> Any:
        first, *rest = request["Entries"]
        answer = sending(**{**request, "Entries": [first]})
        refused = [{"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"} for entry in rest]
        return {**answer, "Failed": refused}

    monkeypatch.setattr(client, "send_message_batch", refusing)
    monkeypatch.setattr(redrive, "sqs_of", lambda _: client)
    assert moto.redrive() == 1
    assert "2 messages stay" in capsys.readouterr().out
    (moved,) = moto.texts(moto.queue)
    assert sorted([moved, *moto.texts(moto.dead)]) == ["a", "b", "c"]


def test_a_failure_while_sending_loses_nothing(moto, monkeypatch, capsys):
    moto.undelivered("a", RULE_ARN="arn:rule")
    client = redrive.sqs_of(redrive.Stage.PROD)

    def broken(**_: Any) -> Any:
        raise redrive.ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch")

    monkeypatch.setattr(client, "send_message_batch", broken)
    monkeypatch.setattr(redrive, "sqs_of", lambda _: client)
    assert moto.redrive() == 1
    assert "ServiceUnavailable" in capsys.readouterr().err
    monkeypatch.undo()
    (message,) = moto.sqs.get_queue_attributes(
        QueueUrl=moto.dead, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"].values()
    assert message == "1"


def test_a_queue_that_does_not_exist_is_said(queues, capsys):
    assert main(["redrive", "nothing", "--stage", queues.stage]) == 1
    assert f"there is no queue ddp-{queues.stage}-nothing" in capsys.readouterr().err


def test_without_a_local_stack_it_says_how_to_start_one(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path))
    assert main(["redrive", "email-send", "--stage", "local"]) == 1
    assert "ddp local up" in capsys.readouterr().err

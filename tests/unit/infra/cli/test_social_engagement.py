"""`ddp social engagement` and `ddp social poll` against an API with canned answers, and a queue."""

from __future__ import annotations

from typing import get_args

import boto3
import pytest
from moto import mock_aws

from tests import lambdas  # isort: skip - the environment that functions read when imported
from functions.engagement import models
from infra.cli import main as cli
from infra.cli.social import engagement

pytestmark = pytest.mark.thorough

POST = "11111111-2222-4333-8444-555555555555"
PATH = f"/social-posts/{POST}/engagement"
MEASURE = f"/social-posts/{POST}/measure"
EARLY, LATE = "2026-11-30T10:00:00Z", "2026-11-30T10:05:00Z"


def run(*words: str) -> int:
    return cli.main(["social", *words])


def answer(measured_at=EARLY, due_at="2126-11-30T10:15:00Z", reason=None, **more):
    """What the API answers: in the form of its model."""
    states = [{"kind": "counters", "measured_at": measured_at, "due_at": due_at, "reason": reason}]
    items = [
        {"at": EARLY, "metric": "like", "count": 1},
        {"at": EARLY, "metric": "view", "count": 1_200},
        {"at": LATE, "metric": "like", "count": 7},
    ]
    found = {"post_id": POST, "deleted_on_platform_at": None, "readings": states, "measurements": items}
    found |= {"is_cut": False, **more}
    models.PostEngagement.model_validate(found)
    return 200, found


def test_the_newest_number_of_each_kind_is_shown(api, capsys):
    api.answers["GET", PATH] = answer()
    assert run("engagement", POST) == 0
    said = capsys.readouterr().out
    assert "1,200" in said
    likes = [line for line in said.splitlines() if "like" in line]
    assert len(likes) == 1
    assert " 7 " in likes[0]


def test_what_is_not_read_says_why(api, capsys):
    api.answers["GET", PATH] = answer(measured_at=None, due_at=None, reason="budget", measurements=[])
    assert run("engagement", POST) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "budget for reading is spent" in said
    assert "Nothing was measured yet" in said


def test_every_reason_has_words():
    described = models.PollState.model_fields["reason"].description.partition(": ")[2].strip(".")
    assert set(engagement.REASONS) == set(described.split(", "))


def test_a_deleted_post(api, capsys):
    api.answers["GET", PATH] = answer(deleted_on_platform_at=LATE)
    assert run("engagement", POST) == 0
    assert "Not on its platform any longer" in capsys.readouterr().out


def test_now_asks_for_a_reading_and_waits_until_it_was_made(api, capsys):
    waiting = answer(due_at=EARLY)
    api.answers["GET", PATH] = [answer(), waiting, waiting, answer(measured_at=LATE)]
    api.answers["POST", MEASURE] = 200, {"post_id": POST, "readings": []}
    assert run("poll", POST, "--now") == 0
    assert [method for method, *_ in api.asked] == ["GET", "POST", "GET", "GET", "GET"]
    assert "like" in capsys.readouterr().out


def test_a_reading_that_cannot_be_made_is_not_waited_for(api, capsys):
    api.answers["GET", PATH] = answer(measured_at=None, due_at=None, reason="account")
    api.answers["POST", MEASURE] = 200, {"post_id": POST, "readings": []}
    assert run("poll", POST, "--now") == 0
    assert "connected again" in " ".join(capsys.readouterr().out.split())


def test_asked_too_often_it_says_when_again(api, capsys):
    api.answers["GET", PATH] = answer()
    api.answers["POST", MEASURE] = 429, {"detail": "Try again after 10:10:00 UTC."}
    assert run("poll", POST, "--now") == 1
    assert "after 10:10:00 UTC" in capsys.readouterr().err


def test_without_now_nothing_is_asked_for(api):
    api.answers["GET", PATH] = answer()
    assert run("poll", POST) == 0
    assert [method for method, *_ in api.asked] == ["GET"]
    assert run("poll") == 2


@mock_aws
def test_without_a_post_all_that_is_due_is_read(monkeypatch, capsys):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    sqs = boto3.client("sqs")
    monkeypatch.setattr(engagement, "sqs_of", lambda stage: sqs if stage == "prod" else None)
    assert run("poll", "--now", "--stage", "prod") == 1
    assert "there is no queue ddp-prod-social-poll" in " ".join(capsys.readouterr().err.split())
    url = sqs.create_queue(QueueName="ddp-prod-social-poll")["QueueUrl"]
    assert run("poll", "--now", "--stage", "prod") == 0
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    (record,) = lambdas.sample("engagement/poll_posts")["Records"]
    assert message["Body"] == record["body"]


@pytest.mark.parametrize("metric", get_args(models.Metric))
def test_every_metric_can_be_shown(metric):
    assert engagement.numbers([{"metric": metric, "count": 2**40, "at": EARLY}]).row_count == 1

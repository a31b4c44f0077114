"""What counts as lost, twice and undeclared: the ledgers against the providers' own lists."""

from __future__ import annotations

import pytest

from infra.local.chaos.load import Asked
from infra.local.chaos.proof.sums import missing_recipients, of_messages, of_posts

FIELDS = ("out", "unknown", "unsent", "due", "lost", "twice", "undeclared")


def row(status: str = "sent", *, is_accepted: bool = False, later: bool = False, state: str = "complete"):
    return {
        "send": "s",
        "status": status,
        "is_accepted": is_accepted,
        "is_due_later": later,
        "state": state,
    }


def line(ledger: dict, times: int):
    return of_messages("e-mails", [ledger], lambda sends: dict.fromkeys(sends, times), lost=0)


@pytest.mark.parametrize(
    ("ledger", "times", "expected"),
    [
        (row(is_accepted=True), 1, {"out"}),
        (row("bounced", is_accepted=True), 1, {"out"}),
        (row(is_accepted=True), 2, {"out", "twice"}),
        (row(is_accepted=True), 0, {"out", "undeclared"}),
        (row("unknown"), 0, {"unknown"}),
        (row("unknown"), 1, {"unknown"}),
        (row("unknown"), 2, {"unknown", "twice"}),
        (row("failed"), 0, {"unsent"}),
        (row("failed"), 1, {"unsent", "undeclared"}),
        (row("cancelled", state="cancelled"), 0, {"unsent"}),
        (row("pending", later=True, state="scheduled"), 0, {"due"}),
        (row("pending", state="paused"), 0, {"due"}),
        (row("pending", state="paused"), 1, {"due", "undeclared"}),
        (row("pending", state="sending"), 0, {"lost"}),
        (row("pending"), 0, {"lost"}),
        (row("sending", state="cancelled"), 0, {"lost"}),
    ],
)
def test_a_recipient(ledger, times, expected):
    found = line(ledger, times)
    assert {name for name in FIELDS if getattr(found, name)} == expected
    assert found.all == 1
    assert found.holds is not bool(expected & {"lost", "twice", "undeclared"})


def test_an_unknown_that_the_provider_has_is_told():
    assert (line(row("unknown"), 1).unknown_but_out, line(row("unknown"), 0).unknown_but_out) == (1, 0)


def plan(state: str, recipients: int):
    return {"path": "/email-campaigns/1", "state": state, "recipients": recipients}


@pytest.mark.parametrize(
    ("plans", "missing"),
    [
        ([], 10),
        ([plan("complete", 10)], 0),
        ([plan("complete", 9)], 1),
        ([plan("complete", 11)], 1),
        ([plan("cancelled", 3)], 0),
        ([plan("failed", 0)], 0),
    ],
)
def test_what_a_tenant_was_told_is_taken(plans, missing):
    sends = [Asked(tenant="retailer", path="/email-campaigns/1", recipients=10)]
    assert missing_recipients(sends, plans)["email"] == missing


def test_channels_are_missed_by_themselves():
    sends = [Asked(tenant="retailer", path="/sms-campaigns/1", recipients=10)]
    assert missing_recipients(sends, []) == {"sms": 10}


@pytest.mark.parametrize(
    ("status", "times", "expected"),
    [
        ("published", 1, {"out"}),
        ("published", 2, {"out", "twice"}),
        ("published", 0, {"out", "undeclared"}),
        ("unconfirmed", 1, {"unknown"}),
        ("failed", 0, {"unsent"}),
        ("failed", 1, {"unsent", "undeclared"}),
        ("publishing", 1, {"lost"}),
        ("scheduled", 0, {"lost"}),
    ],
)
def test_a_post(status, times, expected):
    rows = [{"mark": "fire-1", "platform": "facebook", "status": status, "is_due_later": False}]
    found = of_posts(rows, {"fire-1": ("facebook",)}, {("fire-1", "facebook"): times})
    assert {name for name in FIELDS if getattr(found, name)} == expected


def test_a_post_that_waits_for_a_quota_is_due():
    rows = [{"mark": "fire-1", "platform": "twitter", "status": "ready", "is_due_later": True}]
    assert of_posts(rows, {}, {}).due == 1


def test_a_post_that_was_taken_and_is_nowhere_is_lost():
    assert of_posts([], {"fire-1": ("facebook", "twitter")}, {}).lost == 2

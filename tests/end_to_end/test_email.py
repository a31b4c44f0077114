"""E-mail on the local stack: pause, resume and cancel, and workers killed while the provider accepts messages."""

from __future__ import annotations

import time

import pytest

from infra.cli.api_client import ask
from infra.cli.campaign.api import ACCEPTED, count
from infra.local.identity.users import USERS
from infra.local.simulators.mailbox.client import MailboxClient

from .email_campaigns import END_LEASES, adds_up, start
from .queue_worker import QueueWorker

RETAILER = USERS["retailer2"]
FUNCTION, HANDLER = "ddp-local-email-send", "functions.email.send.handler"


@pytest.fixture
def mailbox(stack):
    found = MailboxClient(url=stack.urls["Mailbox"])
    before = found.settings()
    yield found
    found.clear_faults()
    found.change(behaviour=before["behaviour"])


@pytest.fixture
def limit(stack):
    """Set the sender's own limit in recipients per second; remove it afterwards."""

    def set_limit(per_second):
        ask(
            stack.client("admin"),
            "PUT",
            f"/senders/{RETAILER.user_id}",
            {"max_per_second": per_second},
        )

    yield set_limit
    set_limit(None)


@pytest.fixture
def sender(stack):
    return QueueWorker.of(stack, FUNCTION, HANDLER)


@pytest.fixture
def send(stack, brand, mailbox, sender, database):
    return lambda recipients: start(
        stack.client(RETAILER.key), brand, mailbox, sender.sqs, database, recipients
    )


def test_paused_nothing_goes_out_resumed_it_goes_on_cancelled_the_rest_is_given_up(send, limit):
    limit(100)
    campaign = send(1_500)
    campaign.wait_until(lambda now: count(now, *ACCEPTED) >= 50, "the first messages")
    assert campaign.control("pause")["status"] == "paused"
    campaign.wait_until(lambda now: not now["in_flight"], "the end of what was in flight")
    before = sum(campaign.accepted())
    time.sleep(1.5)
    assert sum(campaign.accepted()) == before < 1_500
    campaign.control("resume")
    campaign.wait_until(lambda now: count(now, *ACCEPTED) > before, "going on")
    campaign.control("cancel")
    end = campaign.wait_for_end()
    assert end["status"] == "cancelled"
    assert adds_up(end, 1_500), end
    assert set(end["counts"]) <= {*ACCEPTED, "cancelled"}
    times = campaign.accepted()
    assert max(times) == 1
    assert sum(times) == count(end, *ACCEPTED) == 1_500 - end["counts"]["cancelled"]


def test_workers_killed_while_the_provider_accepts_send_nothing_twice_and_lose_nobody(
    send, mailbox, sender, stack
):
    mailbox.change(behaviour={"disorder_seconds": 8})  # events arrive only after the leases have ended
    with sender.messages_come_again_after(4):
        mailbox.fail(
            "slow", seconds=1.0, count=1_000
        )  # accepted at once, answered late; the worker is killed in between
        campaign = send(1_200)
        campaign.wait_until(lambda now: now["in_flight"] and sum(campaign.accepted()), "calls in flight")
        victims = sender.processes()
        assert victims
        for process in victims:
            process.kill()
        times = campaign.accepted()
        assert 0 < sum(times) < 1_200
        mailbox.clear_faults()
        with_unknown = campaign.database.execute(END_LEASES).rowcount
        assert with_unknown, "nothing was under way when the workers died"
        end = campaign.wait_for_end(60)
    assert end["status"] == "complete"
    assert adds_up(end, 1_200), end
    assert set(end["counts"]) <= {*ACCEPTED, "unknown"}
    times = campaign.accepted()
    assert max(times) == 1
    # Messages that the provider did not accept are unknown; events prove that it accepted the others.
    settled = campaign.wait_until(
        lambda now: count(now, *ACCEPTED) == sum(times), "the proof by the provider's events", 30
    )
    assert settled["unknown"] == 1_200 - sum(times)

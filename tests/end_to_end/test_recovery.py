"""By the clock, with the real schedule: from any kill to moving again takes at most 90 seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from infra.cli.api_client import ask, send
from infra.cli.campaign.api import ACCEPTED, Draft, count, make_draft, new_campaign
from infra.local.chaos.victims import PARTS, kill_function, kill_part
from infra.local.identity.users import USERS
from infra.local.processes import wait_until
from infra.local.simulators.mailbox.client import MailboxClient

from .email_campaigns import start
from .kills import HANDLERS, Work, kill_at_random
from .queue_worker import QueueWorker, emulator_of
from .test_kills import RECIPIENTS
from .uploads import archive, outcome, settling_blocked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PROMISED = 90
RETAILER = USERS["retailer2"]
QUEUES = ("email-plan", "email-send", "sending-export", "uploads-object-created")


@pytest.fixture(scope="module")
def victim(start_stack):
    """A separate stack, whose parts the tests kill."""
    return start_stack()


@pytest.fixture
def ledger(victim) -> Iterator[psycopg.Connection]:
    with psycopg.connect(victim.database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def mailbox(victim):
    found = MailboxClient(url=victim.urls["Mailbox"])
    yield found
    found.clear_faults()


@pytest.fixture
def limit(victim):
    """Limit the sender to so many recipients per second."""

    def set_limit(per_second):
        ask(victim.client("admin"), "PUT", f"/senders/{RETAILER.user_id}", {"max_per_second": per_second})

    yield set_limit
    set_limit(None)


def forget_hints(victim) -> None:
    """The queues lose all hints."""
    sqs = emulator_of(victim).client("sqs")
    for name in QUEUES:
        sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=f"ddp-local-{name}")["QueueUrl"])


def kill(victim, kind: str) -> None:
    """Kill all of a function's environments, those of reconciliation too, and lose all hints."""
    assert kill_function(victim.directory, HANDLERS[kind]), f"no {kind} to kill"
    for other in ("reconcile", "reconcile of uploads"):
        kill_function(victim.directory, HANDLERS[other])
    forget_hints(victim)


def require_that_it_moves(moves: Callable[[], bool], what: str) -> float:
    """Wait until it moves, and return after how many seconds it did."""
    began = time.monotonic()
    while not moves():
        assert time.monotonic() - began <= PROMISED, f"{what} stands still"
        time.sleep(0.2)
    seconds = time.monotonic() - began
    print(f"{what}: moved again {seconds:.0f} s after the kill")
    return seconds


def campaign_of_file(victim, ledger, recipients: int) -> str:
    """Request a send to a CSV file of so many recipients, in a year. Returns the id of its plan."""
    from infra.cli.api_client import FileToUpload
    from infra.cli.campaign.api import claim_sender, file_audience, request_send, upload_csv

    brand, label = victim.client("brand"), uuid4().hex[:8]
    claim_sender(brand, "northwind-watches.example")
    draft = Draft(
        campaign_id=new_campaign(brand, f"Large {label}"),
        subject="Hello",
        html="<p>Hello</p>",
        sender_email="news@northwind-watches.example",
    )
    email_campaign_id = make_draft(brand, draft)
    lines = "".join(f"r{n}.{label}@shop.example\n" for n in range(recipients))
    file = FileToUpload(name=f"{label}.csv", content_type="text/csv", content=f"email\n{lines}".encode())
    in_months = f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%dT%H:%M:%SZ}"
    request_send(
        brand,
        email_campaign_id,
        file_audience(upload_csv(brand, file)),
        scheduled_at=in_months,
    )
    row = ledger.execute(
        "select send_plan_id from send_plans where email_campaign_id = %s", [email_campaign_id]
    )
    return row.fetchone()["send_plan_id"]


def batches(ledger, plan) -> int:
    query = "select count(*) as n from ddp.send_plan_batches where send_plan_id = %s"
    return ledger.execute(query, [plan]).fetchone()["n"]


def test_a_planner_killed_after_its_first_batch(victim, ledger):
    plan = campaign_of_file(victim, ledger, 150_000)
    wait_until(lambda: batches(ledger, plan) >= 1, what="the first batch", seconds=60)
    kill(victim, "plan")
    before = batches(ledger, plan)
    assert before < 15
    require_that_it_moves(lambda: batches(ledger, plan) > before, "the plan")


def test_senders_killed_and_their_queue_lost(victim, ledger, mailbox, limit):
    limit(50)
    sqs = emulator_of(victim).client("sqs")
    campaign = start(victim.client(RETAILER.key), victim.client("brand"), mailbox, sqs, ledger, 6_000)
    campaign.wait_until(lambda now: count(now, *ACCEPTED) >= 20, "the first messages")
    kill(victim, "send")
    before = count(campaign.progress(), *ACCEPTED)
    limit(None)
    require_that_it_moves(lambda: count(campaign.progress(), *ACCEPTED) > before + 500, "the campaign")
    # Also those that the killed workers had: pending again, or known to be unknown.
    require_that_it_moves(lambda: campaign.progress()["status"] == "complete", "the end of the campaign")


def test_a_verification_killed(victim, ledger):
    brand, file = victim.client("brand"), archive(96 * 1024 * 1024)
    upload = brand.request_upload(file).body
    with settling_blocked(victim, upload["upload_id"]):
        assert send(upload["request"], file.content) == 200
        wait_until(lambda: waits_for_a_lock(ledger, "settle_upload"), what="the verification", seconds=30)
        kill(victim, "verification")
    settled = {"state": "live", "files": 1, "actions": 1}
    require_that_it_moves(lambda: outcome(ledger, upload["upload_id"]) == settled, "the upload")


def test_an_event_of_s3_that_was_lost(victim, ledger):
    brand, file = victim.client("brand"), archive()
    upload = brand.request_upload(file).body
    mappings = emulator_of(victim).client("lambda")
    with paused(mappings, "uploads-object-created"):
        assert send(upload["request"], file.content) == 200
        time.sleep(2)
        forget_hints(victim)
    settled = {"state": "live", "files": 1, "actions": 1}
    require_that_it_moves(lambda: outcome(ledger, upload["upload_id"]) == settled, "the upload")


def test_an_export_killed(victim, ledger, mailbox):
    sqs = emulator_of(victim).client("sqs")
    campaign = start(victim.client(RETAILER.key), victim.client("brand"), mailbox, sqs, ledger, 10)
    campaign.wait_until(lambda now: now["planned_at"] is not None, "the plan")
    path = f"/email-campaigns/{campaign.email_campaign_id}/exports"
    with psycopg.connect(victim.database_url) as blocker:
        blocker.execute("lock table ddp.send_plan_rejections in access exclusive mode")
        export = ask(campaign.client, "POST", path, {"kind": "rejections"})["send_export_id"]
        wait_until(lambda: waits_for_a_lock(ledger, "send_plan_rejections"), what="the export", seconds=30)
        kill(victim, "export")
    state = "select state from send_exports where send_export_id = %s"
    require_that_it_moves(
        lambda: ledger.execute(state, [export]).fetchone()["state"] == "ready", "the export"
    )


def test_events_killed(victim, ledger, mailbox):
    sqs = emulator_of(victim).client("sqs")
    with psycopg.connect(victim.database_url) as blocker:
        blocker.execute("lock table email_events in exclusive mode")
        campaign = start(victim.client(RETAILER.key), victim.client("brand"), mailbox, sqs, ledger, 20)
        wait_until(lambda: waits_for_a_lock(ledger, "apply_email_events"), what="the events", seconds=60)
        kill_function(victim.directory, HANDLERS["events"])
    worker = QueueWorker.of(victim, "ddp-local-email-events", HANDLERS["events"])
    require_that_it_moves(lambda: not worker.messages(), "the events")
    assert set(campaign.progress()["counts"]) <= set(ACCEPTED)


def waits_for_a_lock(ledger, text: str) -> bool:
    query = "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and query like %s"
    return ledger.execute(query, [f"%{text}%"]).fetchone()["n"] > 0


@contextlib.contextmanager
def paused(functions, name: str) -> Iterator[None]:
    """The function gets no messages."""

    def enable(on: bool) -> None:
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":ddp-local-{name}"):
                functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)

    enable(False)
    try:
        yield
    finally:
        enable(True)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_stack_killed_in_the_middle_of_everything(victim, ledger, mailbox, part):
    """And functions at random before and after it."""
    random, sqs = Random(part), emulator_of(victim).client("sqs")
    mailbox.fail("slow", seconds=0.3, count=RECIPIENTS)
    campaign = start(victim.client(RETAILER.key), victim.client("brand"), mailbox, sqs, ledger, RECIPIENTS)
    work = Work(victim, campaign, victim.client("brand"))
    work.begin()
    kill_at_random(victim, random, list(HANDLERS), time.sleep, 3)
    kill_part(victim.directory, part)
    with psycopg.connect(victim.database_url, autocommit=True, row_factory=dict_row) as connection:
        work.campaign = campaign = start_again(campaign, connection)
        require_that_it_moves(work.has_ended, f"everything, without the {part}")
        if part != "mailbox":  # which forgets what it accepted
            work.require_truth(RECIPIENTS)


def start_again(campaign, connection):
    """The campaign, with a connection to the database as it is now."""
    from dataclasses import replace

    return replace(campaign, database=connection)

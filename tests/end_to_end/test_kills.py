"""Killed at random moments, by seed: nothing is lost, nothing is sent twice, and everything moves again by itself."""

from __future__ import annotations

import os
import time
from random import Random

import psycopg
import pytest

from infra.local.chaos.settling import half_a_minute_passes
from infra.local.identity.users import USERS
from infra.local.schedules import clean_up_now, reconcile_now
from infra.local.simulators.mailbox.client import MailboxClient

from .email_campaigns import start
from .kills import HANDLERS, Work, kill_at_random
from .queue_worker import emulator_of

RECIPIENTS, KILLS = 300, 8
RETAILER = USERS["retailer2"]
ONLY = os.environ.get("DDP_FAULT_SEED")
# `make test-faults` runs the other three of these, `make test-slow` fifty more.
QUICK = [int(ONLY)] if ONLY else [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 5))]
# After the kills: a pass for what killed workers held, and others for what that leads to.
PASSES = 6


@pytest.fixture
def mailbox(stack):
    found = MailboxClient(url=stack.urls["Mailbox"])
    yield found
    found.clear_faults()


@pytest.mark.parametrize("seed", QUICK)
def test_functions_killed_at_random(stack, brand, mailbox, database, seed):
    one_seed(stack, brand, mailbox, database, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_functions_killed_at_random_often(stack, brand, mailbox, database, seed):
    one_seed(stack, brand, mailbox, database, seed)


def one_seed(stack, brand, mailbox, database: psycopg.Connection, seed):
    random, sqs = Random(seed), emulator_of(stack).client("sqs")
    mailbox.fail("slow", seconds=0.3, count=RECIPIENTS)
    campaign = start(stack.client(RETAILER.key), brand, mailbox, sqs, database, RECIPIENTS)
    work = Work(stack, campaign, brand)
    work.begin()
    killed = kill_at_random(stack, random, list(HANDLERS), time.sleep, KILLS)
    mailbox.clear_faults()
    try:
        settle(work, database, sqs)
        work.require_truth(RECIPIENTS)
    except AssertionError as error:
        error.add_note(f"seed {seed}; killed: {killed}")
        raise


def settle(work, database, sqs):
    """Passes of reconciliation until all work has ended."""
    for _ in range(PASSES):
        half_a_minute_passes(database)
        reconcile_now(sqs)
        clean_up_now(sqs)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if work.has_ended():
                return
            time.sleep(0.1)
    raise AssertionError(f"{work.waiting()} do not come to rest: {work.campaign.progress()}")

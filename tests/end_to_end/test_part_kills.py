"""Parts of the stack and functions killed together, by seed: nothing is lost or sent twice, and everything goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random

import psycopg
import pytest
from psycopg.rows import dict_row

from infra.local import control
from infra.local.chaos.victims import PARTS, kill_part
from infra.local.simulators.mailbox.client import MailboxClient

from .email_campaigns import start
from .kills import HANDLERS, Work, kill_at_random
from .queue_worker import emulator_of
from .test_kills import RECIPIENTS, RETAILER, settle

# `make test-faults` runs the first five, `make test-slow` all of them.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FEW, MANY = range(5), range(5, 50)


# The supervisor gives a part up that ends too often: then the next seeds get a new stack.
SEEDS_PER_STACK = 5


@pytest.fixture(scope="module")
def stack_for(start_stack):
    """The separate stack for a seed, whose parts the test kills."""
    running = {}

    def stack_for(seed):
        number = seed // SEEDS_PER_STACK
        if number not in running:
            for old in running.values():
                control.down(old.directory)
            running.clear()
            running[number] = start_stack()
        return running[number]

    return stack_for


@pytest.mark.parametrize("seed", FEW)
def test_a_few(stack_for, seed):
    one_seed(stack_for(seed), seed)


@pytest.mark.parametrize("seed", MANY)
def test_many(stack_for, seed):
    one_seed(stack_for(seed), seed)


def one_seed(victim, seed):
    random, sqs = Random(seed), emulator_of(victim).client("sqs")
    part = PARTS[seed % len(PARTS)]  # each of them, however few seeds
    mailbox = MailboxClient(url=victim.urls["Mailbox"])
    mailbox.fail("slow", seconds=0.3, count=RECIPIENTS)
    with psycopg.connect(victim.database_url, autocommit=True, row_factory=dict_row) as database:
        campaign = start(
            victim.client(RETAILER.key), victim.client("brand"), mailbox, sqs, database, RECIPIENTS
        )
        work = Work(victim, campaign, victim.client("brand"))
        work.begin()
        killed = kill_at_random(victim, random, list(HANDLERS), time.sleep, 3)
        kill_part(victim.directory, part)
    work.upkeep.is_forgetful = (
        part == "emulator"
    )  # which keeps objects, and neither versions nor delete markers
    if part != "mailbox":  # a new one has no faults
        mailbox.clear_faults()
    with psycopg.connect(victim.database_url, autocommit=True, row_factory=dict_row) as database:
        work.campaign = replace(campaign, database=database)
        work.upkeep.database = database
        try:
            settle(work, database, emulator_of(victim).client("sqs"))
            if part != "mailbox":  # which forgets what it accepted
                work.require_truth(RECIPIENTS)
        except AssertionError as error:
            error.add_note(f"seed {seed}; killed: {killed}, {part}")
            raise

"""The local runtime: starting it twice is harmless, dead parts start again, and stopping it leaves nothing."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import urllib3
from psycopg.rows import dict_row

from infra.cli.api_client import ask, send
from infra.cli.campaign.api import ACCEPTED, count
from infra.local import control
from infra.local.aws.emulator import Emulator
from infra.local.demo import files
from infra.local.identity.users import USERS
from infra.local.postgres.database import server
from infra.local.processes import wait_until
from infra.local.simulators.mailbox.client import MailboxClient
from infra.local.state import Phase
from infra.local.supervisor import RESTARTS

from .conftest import processes_of, temporary_files
from .email_campaigns import adds_up, start
from .queue_worker import emulator_of

SLOWLY = {"max_per_second": 100}


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    file_id: str
    content: bytes


def up_again(stack):
    steps = []
    status = control.up(stack.directory, stack.assembly, steps.append)
    return status, steps


def pid_of(stack, part):
    return stack.directory.read().parts[part].process.pid


def upload(stack, run):
    """Upload a file, which is live then."""
    file, brand = files.price_list("Price list.pdf", run), stack.client("brand")
    asked = brand.request_upload(file).body
    assert send(asked["request"], file.content) == 200
    file_id = brand.wait_for_upload(asked["upload_id"], seconds=20)["file_id"]
    return KeptFile(file_id=file_id, content=file.content)


def kill_and_wait(stack, part, pid=None):
    """Kill a part, or a process of it, and wait until the stack is ready with a new one."""
    before = pid_of(stack, part)
    os.kill(pid or before, signal.SIGKILL)
    wait_until(
        lambda: pid_of(stack, part) != before and control.status(stack.directory).is_ready,
        what=f"a new {part}",
        seconds=90,
    )


class TestSharedStack:
    """Tests that do not disturb the stack."""

    def test_a_second_up_changes_nothing_and_is_quick(self, stack):
        before, began = stack.directory.read(), time.monotonic()
        status, steps = up_again(stack)
        assert time.monotonic() - began < 1
        assert status.is_ready
        assert steps == []
        assert stack.directory.read() == before

    def test_every_part_listens_on_this_machine_alone(self, stack):
        ports = {
            **stack.directory.read().ports,
            "postgres": int(stack.database_url.rpartition(":")[2].split("/")[0]),
        }
        listening = {
            line.split()[1]
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
            if line.split()[3] == "0A"
        }
        for name, port in ports.items():
            addresses = {entry for entry in listening if entry.endswith(f":{port:04X}")}
            assert addresses == {f"0100007F:{port:04X}"}, name

    def test_functions_are_run_by_our_runner(self, stack):
        assert stack.client("brand").call("GET", "/files").status == 200
        state = stack.directory.read()
        emulator = Emulator(directory=stack.directory.emulator, log=stack.directory.log("emulator"))
        assert not emulator.ran_functions_itself()
        assert "UploadsUploadsHttpFunction" in (stack.directory.logs / "runner.log").read_text()
        assert state.phase is Phase.READY

    def test_a_browser_may_call_the_api_from_the_documentation_page(self, stack):
        origin = stack.urls["Token issuer"]
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = urllib3.request("OPTIONS", stack.urls["API"] + "/uploads", headers=headers)
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == origin

    def test_the_logins_have_the_passwords_that_the_secrets_say(self, stack):
        from infra.local.postgres.database import connection_urls

        for login in ("api", "worker"):
            with psycopg.connect(connection_urls(stack.directory)[login]) as connection:
                assert connection.execute("select current_user").fetchone() == (f"ddp_{login}",)


def wait_for_reconciliation(stack, position=0):
    """Wait until the runner has run it, after this position of its log."""
    log = stack.directory.logs / "runner.log"
    wait_until(
        lambda: b"SendingReconcile" in log.read_bytes()[position:], what="the reconciliation", seconds=10
    )


@pytest.fixture(scope="module")
def victim(start_stack):
    """A separate stack, whose parts the tests kill."""
    return start_stack()


@pytest.fixture(scope="module")
def kept_file(victim):
    """A file that the stack had before any part was killed."""
    return upload(victim, "kept")


@pytest.mark.slow
class TestMistreatedStack:
    """These tests run in order on one stack, because starting one takes seconds."""

    @pytest.mark.parametrize(
        "part", ["runner", "emulator", "web", "mailbox", "phones", "platforms", "postgres"]
    )
    def test_a_part_that_dies_is_started_again_with_its_port_and_state(self, victim, kept_file, part):
        before = victim.directory.read()
        kill_and_wait(victim, part)
        after = victim.directory.read()
        assert (after.ports, after.urls) == (before.ports, before.urls)
        again = {name for name, known in after.parts.items() if known.restarts > before.parts[name].restarts}
        assert again == {part}
        assert victim.client("brand").download(f"/files/{kept_file.file_id}/download")[1] == kept_file.content

    def test_functions_use_what_is_deployed_again(self, victim):
        upload(victim, "after the restarts")

    def test_the_database_server_that_dies_is_started_again_on_its_port(self, victim):
        url, pid = victim.database_url, server(victim.directory).pid()
        kill_and_wait(victim, "postgres", pid=pid)
        assert victim.database_url == url
        assert server(victim.directory).pid() != pid
        assert victim.client("brand").call("GET", "/files").status == 200

    def test_waiting_work_is_told_at_once_after_a_start_and_after_a_restart(self, victim):
        """The schedule itself comes a minute after it was deployed."""
        wait_for_reconciliation(victim)
        position = (victim.directory.logs / "runner.log").stat().st_size
        kill_and_wait(victim, "mailbox")
        wait_for_reconciliation(victim, position)

    def test_a_send_goes_on_by_itself_when_the_emulator_dies(self, victim):
        """Its queues had the hints, and they are told again at once."""
        retailer, mailbox = victim.client("retailer2"), MailboxClient(url=victim.urls["Mailbox"])
        sqs = emulator_of(victim).client("sqs")
        ask(victim.client("admin"), "PUT", f"/senders/{USERS['retailer2'].user_id}", SLOWLY)
        with psycopg.connect(victim.database_url, autocommit=True, row_factory=dict_row) as database:
            campaign = start(retailer, victim.client("brand"), mailbox, sqs, database, 1_500)
            campaign.wait_until(lambda now: count(now, *ACCEPTED) >= 50, "the first messages")
            kill_and_wait(victim, "emulator")
            end = campaign.wait_until(lambda now: now["status"] == "complete", "the end of the send", 60)
            assert adds_up(end, 1_500), end
            assert set(campaign.accepted()) == {1}

    def test_a_part_that_dies_too_often_is_named(self, victim):
        for _ in range(RESTARTS - victim.directory.read().parts["web"].restarts):
            kill_and_wait(victim, "web")
        os.kill(pid_of(victim, "web"), signal.SIGKILL)
        wait_until(
            lambda: "restarts within" in control.status(victim.directory).explanation,
            what="notice",
            seconds=5,
        )
        status = control.status(victim.directory)
        assert status.phase is Phase.BROKEN
        assert "web" in status.explanation

    def test_up_repairs_a_broken_stack(self, victim):
        status, steps = up_again(victim)
        assert steps[0].startswith("stop (Ended unexpectedly: ")
        assert status.is_ready
        assert victim.client("brand").call("GET", "/files").status == 200

    def test_killed_the_supervisor_takes_everything_with_it(self, victim):
        assert any("awslambdaric" in process for process in processes_of(victim.directory))
        os.kill(victim.directory.read().supervisor.pid, signal.SIGKILL)
        wait_until(lambda: not processes_of(victim.directory), what="the end of every process", seconds=10)
        status = control.status(victim.directory)
        assert status.phase is Phase.BROKEN
        assert "supervisor was killed" in status.explanation

    def test_down_clears_up_and_a_second_one_is_harmless(self, victim):
        for _ in range(2):
            control.down(victim.directory)
            assert control.status(victim.directory).phase is Phase.STOPPED
        assert temporary_files(victim.directory) == []

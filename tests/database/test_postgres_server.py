"""The PostgreSQL server of the tests and the local runtime: restarts, crashes, and unreachable directories."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.local.postgres.account import PostgresError, unprivileged_user
from infra.local.postgres.binaries import DEFAULT_MAJOR, find_binaries
from infra.local.postgres.server import PostgresServer
from infra.local.processes import free_port
from tests.database.servers import BINARIES

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


@pytest.fixture
def stopped():
    """A server that has not been started; it is destroyed after the test."""
    directory = Path(
        tempfile.mkdtemp(prefix="ddp-test-postgres-")
    )  # other users cannot enter pytest's directories
    directory.chmod(0o755)
    installation = find_binaries(DEFAULT_MAJOR, BINARIES)
    server = PostgresServer(installation=installation, directory=directory / "server", durable=False)
    yield server
    server.destroy()
    directory.rmdir()


@pytest.fixture
def running(stopped):
    stopped.start()
    return stopped


def execute(server: PostgresServer, statement: str):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        return (
            connection.execute(statement).fetchone()
            if statement.startswith("s")
            else connection.execute(statement)
        )


def test_it_listens_on_the_loopback_address_only_and_asks_for_the_password(running):
    assert execute(
        running, "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
    ) == (
        "127.0.0.1",
        "",
    )
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.url(password="guessed"))


def test_starting_a_running_server_changes_nothing(running):
    pid = running.pid()
    running.start()
    assert running.pid() == pid


def test_it_starts_on_the_preferred_port_if_that_is_free(stopped):
    port = free_port()
    server = replace(stopped, preferred_port=port)
    server.start()
    assert server.port() == port
    server.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        server.start()
        assert server.port() != port


def test_data_and_password_survive_a_restart(running):
    execute(running, "create table kept ()")
    running.stop()
    assert running.pid() is None
    with pytest.raises(PostgresError, match="is not running"):
        running.url()
    running.start()
    assert execute(running, "select to_regclass('kept')::text") == ("kept",)


def test_a_crash_is_seen_and_the_next_start_recovers(stopped):
    running = replace(stopped, durable=True)
    running.start()
    execute(running, "create table kept ()")
    os.kill(running.pid(), signal.SIGKILL)
    until(lambda: running.pid() is None)
    running.start()
    assert execute(running, "select to_regclass('kept')::text") == ("kept",)


def test_the_lock_file_of_a_crash_does_not_stand_in_the_way_when_its_pid_is_taken_again(running):
    os.kill(running.pid(), signal.SIGKILL)
    until(lambda: running.pid() is None)
    stranger = subprocess.Popen(["sleep", "60"], user=unprivileged_user())
    try:
        lock_file = running.log().parent / "postmaster.pid"
        _, *rest = lock_file.read_text().splitlines()
        lock_file.write_text("\n".join([str(stranger.pid), *rest]))
        assert running.pid() is None
        running.start()
        assert running.pid() != stranger.pid
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_initialisation_is_begun_anew(stopped):
    unfinished = stopped.directory / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    stopped.start()
    assert execute(stopped, "select 1") == (1,)


def test_nothing_stays_after_destroy(running):
    pid = running.pid()
    running.destroy()
    assert not running.directory.exists()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@as_root
def test_below_a_closed_directory_it_runs_from_a_copy_which_goes_with_it(stopped):
    closed = stopped.directory.parent
    closed.chmod(0o700)

    stopped.start()

    relocated = stopped.log().parent.parent
    assert execute(stopped, "select 1") == (1,)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert relocated.parent != stopped.directory
    stopped.stop()
    stopped.start()
    assert stopped.log().parent.parent == relocated
    stopped.destroy()
    assert not relocated.exists()


def until(condition) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited for 5 s")

"""PostgreSQL fails over or crashes during requests and while an upload is settled."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from infra.cli.api_client import send
from infra.local.processes import wait_until

from .http_requests import ask
from .uploads import archive, outcome, settling_blocked, wait_for_blocked

TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity where usename in ('ddp_api', 'ddp_worker')"
)


def end_connections(database_url):
    """Close the functions' connections from the server, as a failover or a restarted pooler does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TERMINATE)


def crash(database_url):
    """Kill one server process, after which PostgreSQL ends all others and recovers from its log."""
    connection = psycopg.connect(database_url)
    os.kill(connection.info.backend_pid, signal.SIGKILL)
    wait_until(lambda: not answers(connection), what="the crash", seconds=5)
    wait_until(lambda: is_up(database_url), what="the recovery", seconds=20)


def answers(connection):
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        connection.close()
        return False
    return True


def is_up(database_url):
    try:
        psycopg.connect(database_url).close()
    except psycopg.OperationalError:
        return False
    return True


class Callers:
    """Calls the API until it is stopped, and counts the answers."""

    def __init__(self, brand, retailer, file_id):
        self.brand, self.retailer, self.path = brand, retailer, f"/files/{file_id}"
        self.answers, self.recorded, self.stopped = Counter(), 0, threading.Event()

    def read(self, client):
        while not self.stopped.is_set():
            answer = client.call("GET", self.path)
            owner = answer.body.get("created_by_user_id")
            self.answers[client is self.brand, answer.status, answer.body.get("code"), owner] += 1

    def record(self):
        """Request views with their own idempotency keys, each until it is recorded."""
        while not self.stopped.is_set():
            key = str(uuid4())
            while (answer := self.view(key)).status != 201:
                assert (answer.status, answer.json()["code"]) == (503, "unavailable")
            self.recorded += 1

    def view(self, key):
        body = {"action_type": "VIEW", "metadata": {"key": key}}
        return ask(self.brand, "POST", f"{self.path}/actions", body, **{"Idempotency-Key": key})

    @contextlib.contextmanager
    def calling(self):
        with ThreadPoolExecutor() as pool:
            calls = [pool.submit(self.read, client) for client in (self.brand, self.retailer)]
            calls.append(pool.submit(self.record))
            try:
                yield
            finally:
                self.stopped.set()
        for call in calls:
            call.result()


@pytest.mark.parametrize("outage", [end_connections, crash])
def test_no_wrong_answer_and_the_upload_settles(stack, brand, queue, settled_once, outage):
    file, other = archive(), archive()
    upload = brand.request_upload(file).body
    send(upload["request"], file.content)
    file_id = settled_once(upload["upload_id"])["file_id"]
    position = queue.log_size()
    callers = Callers(brand, stack.client("retailer"), file_id)
    upload = brand.request_upload(other).body
    with queue.messages_come_again_after(2):
        with callers.calling():
            with contextlib.suppress(psycopg.OperationalError), settling_blocked(stack, upload["upload_id"]):
                send(upload["request"], other.content)
                wait_for_blocked(stack, 1)
                outage(stack.database_url)
            settled = brand.wait_for_upload(upload["upload_id"], seconds=60)
            outage(stack.database_url)
        queue.wait_until_empty()
    assert settled["status"] == "live"
    expected = {(True, 200, None, settled_owner(brand, file_id)), (False, 404, "not-found", None)}
    assert expected <= set(callers.answers)
    assert {key[1:3] for key in callers.answers.keys() - expected} <= {(503, "unavailable")}, callers.answers
    with psycopg.connect(stack.database_url, row_factory=psycopg.rows.dict_row) as connection:
        assert outcome(connection, upload["upload_id"]) == {"state": "live", "files": 1, "actions": 1}
        query = "select count(*) from file_actions where file_id = %s and action_type = 'VIEW'"
        assert connection.execute(query, [file_id]).fetchone()["count"] == callers.recorded > 0
    failures = [line["exception_name"] for line in queue.log_since(position) if line["level"] != "INFO"]
    assert "Unavailable" in failures


def settled_owner(brand, file_id):
    return brand.call("GET", f"/files/{file_id}").body["created_by_user_id"]

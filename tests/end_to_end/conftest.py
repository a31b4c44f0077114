"""One local stack for all end-to-end tests, with its own state directory and ports; it is always removed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from infra.cli.api_client import Client
from infra.cli.synth import synthesise
from infra.local import control
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.postgres.database import connection_urls, server
from infra.local.state import StateDirectory

from .queue_worker import FUNCTION, QueueWorker, emulator_of
from .uploads import outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """A running stack, and clients for it."""

    directory: StateDirectory
    assembly: Path
    urls: dict[str, str]

    def client(self, user: str | None = None) -> Client:
        """A client of the API for a local user (brand, retailer, retailer2, admin), or an anonymous one."""
        issuer = Issuer.load(self.urls["Token issuer"], self.directory.issuer_key)
        return Client(api_url=self.urls["API"], token=issuer.token(USERS[user]) if user else None)

    @property
    def database_url(self) -> str:
        """URL of the database, for the superuser."""
        return connection_urls(self.directory)["migrator"]


@pytest.fixture(scope="session")
def assembly() -> Path:
    """The synthesised stacks, from the cache if no source has changed."""
    return synthesise()


@pytest.fixture(scope="session")
def start_stack(
    assembly: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], RunningStack]]:
    """Start a separate stack. At the end, all stacks are stopped, must leave nothing behind, and are deleted."""
    directories: list[StateDirectory] = []

    def start() -> RunningStack:
        directory = StateDirectory(tmp_path_factory.mktemp("stack"))
        directories.append(directory)
        status = control.up(directory, assembly, lambda _: None)
        return RunningStack(directory=directory, assembly=assembly, urls=status.urls)

    yield start
    for directory in directories:
        control.down(directory)
        assert processes_of(directory) == []
        assert temporary_files(directory) == []
        assert open_ports(directory) == []
        control.down(directory, delete_data=True)


@pytest.fixture(scope="session")
def stack(start_stack: Callable[[], RunningStack]) -> RunningStack:
    """The stack that tests share. They must not stop it, nor any part of it."""
    return start_stack()


@pytest.fixture(scope="session")
def brand(stack: RunningStack) -> Client:
    """A client of the API for the brand."""
    return stack.client("brand")


@pytest.fixture(scope="session")
def queue_worker(stack: RunningStack) -> QueueWorker:
    """The queue uploads-object-created, and its function."""
    return QueueWorker.of(stack)


@pytest.fixture
def queue(queue_worker: QueueWorker) -> Iterator[QueueWorker]:
    """The same queue, emptied of what other tests leave: messages that killed workers held stay hidden for long."""
    _purge(queue_worker)
    yield queue_worker
    _purge(queue_worker)


def _purge(queue_worker: QueueWorker) -> None:
    if queue_worker.messages():
        queue_worker.sqs.purge_queue(QueueUrl=queue_worker.queue_url)


@pytest.fixture(scope="session")
def s3(stack: RunningStack) -> Any:
    """A client of S3 with all permissions."""
    return emulator_of(stack).client("s3")


@pytest.fixture(scope="session")
def bucket(queue_worker: QueueWorker) -> str:
    """The bucket of uploads and files."""
    configuration = queue_worker.functions.get_function_configuration(FunctionName=FUNCTION)
    return str(configuration["Environment"]["Variables"]["DDP_BUCKET"])


@pytest.fixture
def database(stack: RunningStack) -> Iterator[psycopg.Connection[DictRow]]:
    """A superuser's connection with autocommit."""
    with psycopg.connect(stack.database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def settled_once(
    brand: Client, queue: QueueWorker, database: psycopg.Connection[DictRow]
) -> Callable[[str], dict[str, Any]]:
    """Wait until an upload is live. It must have one file and one UPLOAD action, and leave no message and no error."""
    position, dead = queue.log_size(), queue.dead_letters()

    def wait(upload_id: str) -> dict[str, Any]:
        upload = brand.wait_for_upload(upload_id)
        queue.wait_until_empty()
        assert outcome(database, upload_id) == {"state": "live", "files": 1, "actions": 1}
        assert queue.dead_letters() == dead
        assert [line for line in queue.log_since(position) if line["level"] not in {"INFO", "WARNING"}] == []
        return upload

    return wait


def processes_of(directory: StateDirectory) -> list[str]:
    """The processes that have the state directory's path in their arguments or environment."""
    found = [f"postgres {pid}"] if (pid := server(directory).pid()) else []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(directory.path) in word for word in words):
            found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def temporary_files(directory: StateDirectory) -> list[Path]:
    """The files that only a running stack needs."""
    return [path for path in (directory.emulator / "tmp", directory.runner / "tmp") if path.exists()]


def open_ports(directory: StateDirectory) -> list[int]:
    """The ports of the stack that still accept connections."""
    state = directory.read()
    return [port for port in (state.ports.values() if state else ()) if _answers(port)]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""A platform simulator with its HTTP server, and a small web server from which it fetches media."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import urllib3

from infra.local.simulators.platforms.client import PlatformsClient
from infra.local.simulators.platforms.server import PlatformsHandler
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.world import World
from infra.local.simulators.serving import Server

_http = urllib3.PoolManager(retries=False, timeout=10)


@dataclass
class Clock:
    now: float = 1_796_000_000.0  # 2026-11-30

    def __call__(self) -> float:
        return self.now


@dataclass
class Running:
    world: World
    url: str
    clock: Clock
    client: PlatformsClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = PlatformsClient(url=self.url)

    def ask(self, method: str, address: str, **options: object) -> urllib3.BaseHTTPResponse:
        """A call to a platform's address, such as graph.facebook.com/v26.0/me."""
        return _http.request(method, f"{self.url}/{address}", redirect=False, **options)  # type: ignore[arg-type]


AT_ONCE = {"image": 0.0, "video": 0.0, "publishing": 0.0}


@contextmanager
def serving(directory: Path) -> Iterator[Running]:
    """A running platform simulator that is done with everything at once, at a time that stands still."""
    directory.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    world = simulator(directory, clock=clock)
    world.change({"processing_seconds": AT_ONCE})
    server = Server(("127.0.0.1", 0), partial(PlatformsHandler, world))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Running(world=world, url=f"http://127.0.0.1:{server.server_port}", clock=clock)
    server.shutdown()
    server.server_close()
    world.store.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path) as platforms:
        yield platforms


class _Files(BaseHTTPRequestHandler):
    """Files by path; /moved redirects."""

    def __init__(self, files: dict[str, bytes], *arguments: object) -> None:
        self._files = files
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        content = self._files.get(self.path, b"")
        self.send_response(302 if self.path == "/moved" else 200 if content else 404)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class WebServer:
    """Serves `files`, by path."""

    url: str
    files: dict[str, bytes]


@contextmanager
def web_server() -> Iterator[WebServer]:
    files: dict[str, bytes] = {}
    server = Server(("127.0.0.1", 0), partial(_Files, files))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield WebServer(url=f"http://127.0.0.1:{server.server_port}", files=files)
    server.shutdown()
    server.server_close()

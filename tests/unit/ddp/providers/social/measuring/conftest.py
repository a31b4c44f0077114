"""A scripted platform behind the gateway."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from ddp.providers.social import http
from tests.unit.ddp.providers.social.measuring.scripted import Platform, handler


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    scripted = Platform()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(scripted)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(http, "GATEWAY", f"http://127.0.0.1:{server.server_port}")
        yield scripted
        server.shutdown()
        thread.join()
    assert scripted.script == [], "the script has answers that were not asked for"

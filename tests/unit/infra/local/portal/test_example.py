"""The example front end's page and modules; tests/end_to_end/test_example_page.py walks through it in a browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.local.identity.issuer import Issuer
from infra.local.portal import example, server
from infra.local.portal.server import Web
from infra.local.state import StateDirectory
from infra.node import NodeError

pytestmark = pytest.mark.thorough


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    state = StateDirectory(tmp_path)
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    url = f"http://127.0.0.1:{serving.server_port}"
    serving.RequestHandlerClass = partial(Web, Issuer.load(url, state.issuer_key), state)
    threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
    yield serving.server_port
    serving.shutdown()
    serving.server_close()


def get(port: int, path: str) -> tuple[int, str, str]:
    """Status, body and policy; the path is sent as it is."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers.get("Content-Security-Policy", "")


def test_every_module_that_is_imported_is_served(port: int) -> None:
    _, page, policy = get(port, "/example/")
    assert 'src="dist/example/example.js"' in page
    assert "'unsafe-inline'" not in policy
    modules = example.modules()
    imported = {
        (path, name)
        for path, file in modules.items()
        for name in re.findall(r"""(?:from|import)\s+["'](\.[^"']+)["']""", file.read_text())
        if not path.endswith(("legacy.js", "webcrypto.js"))
    }
    assert len(imported) > 20
    for path, name in imported:
        assert str(Path(path, "..", name).resolve()) in modules, (path, name)
    assert get(port, "/example/dist/example/example.js")[0] == 200
    assert get(port, "/example/packages/openapi-fetch/dist/index.mjs")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/example/dist/../../../package.json",
        "/example/packages/../package-lock.json",
        "/example/packages/%2e%2e/package.json",
        "/example//etc/passwd",
        "/example/dist/index.d.ts",
    ],
)
def test_nothing_else_is_served(port: int, path: str) -> None:
    assert get(port, path)[0] == 404


def test_what_the_compiler_refuses_is_told(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> dict[str, Path]:
        raise NodeError("example.ts(1,1): no")

    monkeypatch.setattr(server.example, "modules", refuse)
    status, body, _ = get(port, "/example/dist/index.js")
    assert status == 503
    assert "example.ts(1,1): no" in body

"""What the portal and the documentation show, and to whom. tests/unit/test_pages.py looks at them in a browser."""

from __future__ import annotations

import json
import os
import re
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
import urllib3

from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.portal import documentation, figures
from infra.local.portal.server import Web
from infra.local.processes import ProcessId
from infra.local.state import Part, Phase, State, StateDirectory


@pytest.fixture
def state(tmp_path):
    return StateDirectory(tmp_path)


@pytest.fixture
def url(state):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    url = f"http://127.0.0.1:{server.server_port}"
    server.RequestHandlerClass = partial(Web, Issuer.load(url, state.issuer_key), state)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


def get(url, **options):
    return urllib3.request("GET", url, retries=False, **options)


def write(state, phase=Phase.READY, **parts):
    own = ProcessId.of(os.getpid())
    made = {
        name: Part(name=name, process=own, log=f"{name}.log", ended=ended) for name, ended in parts.items()
    }
    urls = {
        "API": "http://127.0.0.1:1/api",
        "Mailbox": "http://127.0.0.1:2",
        "Phones": "http://127.0.0.1:3",
        "Platforms": "http://127.0.0.1:4",
        "Database": "postgresql://ddp:secret@127.0.0.1:1/",
    }
    state.write(State(phase=phase, supervisor=own, step="Read the log.", parts=made, urls=urls))


def test_the_portal_leads_everywhere_and_has_a_token_of_each_user(url, state):
    write(state, runner=None)
    page = get(url).data.decode()
    assert "Every part is running" in page
    assert {"http://127.0.0.1:2/", "http://127.0.0.1:3/", "docs/"} <= set(re.findall('href="([^"]+)"', page))
    assert "http://127.0.0.1:1/api" in page
    tokens = re.findall('value="(ey[^"]+)"', page)
    assert len(set(tokens)) == len(USERS)
    assert "secret" not in page


def test_the_portal_says_what_is_wrong_and_what_to_do(url, state):
    assert "make dev" in get(url).data.decode()
    write(state, Phase.BROKEN, runner="signal SIGKILL", mailbox=None)
    page = get(url).data.decode()
    assert "ended signal SIGKILL" in page
    assert "Read the log." in page
    assert "ddp local up" in page


def test_the_report_of_the_demo_is_there_once_it_was_written(url, state):
    write(state)
    assert 'href="report/"' not in get(url).data.decode()
    assert get(f"{url}/report/").status == 404
    state.demo.mkdir()
    state.demo_report.write_text("<h1>Aurora</h1>")
    assert 'href="report/"' in get(url).data.decode()
    answer = get(f"{url}/report/")
    assert answer.data == b"<h1>Aurora</h1>"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")


@pytest.mark.parametrize(
    ("age", "told"), [(None, "No figures have been counted yet"), (75, "Figures are 75 s old")]
)
def test_the_age_of_the_figures_is_told(age, told):
    counted_until = age and datetime.now(UTC) - timedelta(seconds=age)
    assert told in figures.freshness(counted_until)


@pytest.mark.parametrize("path", ["/", "/docs/", "/report/", "/users", "/docs/openapi.json"])
def test_another_name_is_not_answered(url, path):
    assert get(url + path, headers={"Host": "evil.example"}).status == 421


def test_another_name_gets_no_token(url):
    body, headers = b'{"user": "admin"}', {"Host": "evil.example"}
    assert urllib3.request("POST", f"{url}/token", body=body, headers=headers).status == 404


def test_pages_cannot_be_framed_and_load_nothing_from_outside(url, state):
    write(state)
    for path in ("/", "/docs/"):
        answer = get(url + path)
        policy = answer.headers["Content-Security-Policy"]
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert "script-src 'self';" in f"{policy};"
        for source in re.findall(r'src="([^"]+)"', answer.data.decode()):
            assert get(f"{url}{path}{source}").headers["Content-Type"].startswith("text/javascript")


def test_the_documentation_may_call_the_running_api(url, state):
    write(state)
    assert "connect-src 'self' http://127.0.0.1:1;" in get(f"{url}/docs/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/docs/..%2f..%2f__init__.py", "/docs/../../__init__.py", "/docs/.", "/x"])
def test_no_other_file_is_served(url, path):
    connection = urllib3.HTTPConnectionPool(urllib3.util.parse_url(url).netloc)
    assert connection.urlopen("GET", path, retries=False).status == 404


def test_the_document_points_at_the_running_api(state, tmp_path, monkeypatch):
    (tmp_path / "openapi.json").write_text(json.dumps({"paths": {}}))
    monkeypatch.setattr(documentation, "OPENAPI", tmp_path / "openapi.json")
    assert "servers" not in documentation.openapi_document(state)
    write(state)
    assert documentation.openapi_document(state)["servers"][0]["url"] == "http://127.0.0.1:1/api"

"""Every page that a person looks at, in a browser: on a desktop and a phone, light and dark.

DDP_SCREENSHOTS names a folder that keeps the screenshots, to look at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ddp.pages.page import STYLE, headers
from ddp.queries.email.subscriptions import Subscription
from functions.email import unsubscribe_page
from functions.uploads import models, share_page
from infra.local.http_handler import Handler
from infra.local.identity.issuer import Issuer
from infra.local.navigation import navigation
from infra.local.portal.server import Web
from infra.local.processes import ProcessId
from infra.local.simulators.mailbox.message import Message
from infra.local.simulators.mailbox.pages import Pages
from infra.local.simulators.mailbox.server import MailboxHandler
from infra.local.simulators.mailbox.store import Store
from infra.local.state import Part, Phase, State, StateDirectory
from tests.browser import SCHEMES, SIZES, look, screenshot, violations, width_of_content

SENDER = "Lakeside Jewellers"
# Where axe examines a page. The documentation is large, and its elements on a desktop are others than on a phone.
EXAMINED = {False: {(390, "light"), (390, "dark")}, True: {(390, "light"), (1280, "dark")}}
HOSTILE = 'Lakeside <b>"Jewellers"</b> & Co'
LONG = "averylongnamewithoutanyplacetobreakit" * 4
PREVIEW = b"""<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="640"><rect width="1024" height="640"
fill="#c9a227"/><circle cx="512" cy="320" r="220" fill="#f6f6f4" stroke="#1b1d23" stroke-width="24"/></svg>"""


def subscription(**changes: Any) -> Subscription:
    """What a recipient chose."""
    nothing = dict.fromkeys(
        ("left_sender", "left_everything", "may_return_to_sender", "may_return_to_everything", "is_barred"),
        False,
    )
    return Subscription(sender_name=SENDER, **nothing | changes)


def shared(name: str, url: str = "", **changes: Any) -> models.SharedFile:
    """A file behind a public link, with a preview if it has a URL."""
    values = {
        "file_name": name,
        "content_type": "image/png",
        "file_size": 4_821_330,
        "expires_at": datetime(2026, 5, 3, 14, 5, tzinfo=UTC),
        "shared_by": "Aurora Watches",
        "thumbnails": [models.Thumbnail(width=1024, url=url)] if url else [],
    }
    return models.SharedFile(**values | changes)


def of_functions(url: str) -> dict[str, tuple[str, dict[str, str]]]:
    """The pages of Lambda functions with their headers, by name; `url` serves the preview."""
    picture = shared("Spring campaign, key visual.png", f"{url}/preview")
    hostile = shared(
        f'<script>alert(1)</script>"{LONG}.pdf', content_type="application/pdf", shared_by=HOSTILE
    )
    left = subscription(left_sender=True, may_return_to_sender=True)
    texts = {
        "unsubscribe": unsubscribe_page.preferences(subscription()),
        "unsubscribe-problem": unsubscribe_page.preferences(subscription(), problem="Please choose."),
        "unsubscribe-sure": unsubscribe_page.confirmation(subscription()),
        "unsubscribe-done": unsubscribe_page.preferences(left),
        "unsubscribe-gone": unsubscribe_page.not_found(),
        "share": share_page.shared_file(picture, "A" * 43),
        "share-hostile": share_page.shared_file(hostile, "A" * 43),
        "share-gone": share_page.not_found(),
    }
    return {name: (text, headers(**share_page.preview_source(picture))) for name, text in texts.items()}


class Functions(Handler):
    """Serves the functions' pages by their names, and a preview."""

    def get(self) -> None:
        name = self.path.removeprefix("/")
        pages = of_functions(f"http://127.0.0.1:{self.connection.getsockname()[1]}")
        if name == "preview":
            self.answer(PREVIEW, content_type="image/svg+xml")
        elif name in pages:
            text, sent = pages[name]
            self.answer(text.encode(), content_type="text/html; charset=utf-8", headers=sent)
        else:
            self.answer(b"", status=404)


def filled() -> Store:
    """Messages as a mailbox gets them: names in other scripts, encoded and long ones."""
    store = Store(":memory:")
    html = "<h1>Spring has come</h1><p>Twenty new watches, from 3 May in our shop.</p>"
    people = [
        "=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <joerg@shop.example>",
        f"{LONG}@shop.example",
        "水野 <m@shop.example>",
    ]
    sent = [
        Message(
            source="=?utf-8?b?TGFrZXNpZGUgSmV3ZWxsZXJzIOKcqA==?= <news@lakeside.example>",
            to=(people[number % 3],),
            subject="Spring has come" if number % 2 else "=?utf-8?q?Fr=C3=BChling_=E2=80=93?= " + LONG,
            html=html,
            text="Spring has come.\n\nTwenty new watches, from 3 May in our shop.",
            headers=(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"), ("X-Long", LONG)),
            tags={"ddp_attempt": "1", "ddp_send": f"b0000000-0000-4000-8000-{number:012}"},
            message_id=f"{number:016x}",
            accepted_at=1_760_000_000.0 + number,
        )
        for number in range(8)
    ]
    store.accept(sent)
    return store


def running(directory: StateDirectory, mailbox_url: str) -> StateDirectory:
    """The state of a stack whose parts run, but one."""
    own = ProcessId.of(os.getpid())
    names = ("postgres", "emulator", "runner", "mailbox", "web")
    parts = {
        name: Part(name=name, process=own, log=f"/home/someone/ddp/.ddp/logs/{name}.log") for name in names
    }
    urls = {"API": "http://127.0.0.1:1/api", "Mailbox": mailbox_url}
    directory.write(State(phase=Phase.READY, supervisor=own, parts=parts, urls=urls))
    return directory


@contextmanager
def serving(handler: Callable[[str], Any]) -> Iterator[str]:
    """Serve with the handler that this makes for its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    server.RequestHandlerClass = handler(url)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The URL of every page, by name."""

    def mailbox(store: Store) -> Callable[[str], Any]:
        links = navigation(portal_url="http://127.0.0.1:1", mailbox_url="http://127.0.0.1:2")
        return lambda _: partial(MailboxHandler, SimpleNamespace(store=store), Pages(links=links))

    def web(state: StateDirectory) -> Callable[[str], Any]:
        return lambda url: partial(Web, Issuer.load(url, state.issuer_key), state)

    with ExitStack() as stack:
        functions = stack.enter_context(serving(lambda _: Functions))
        full, empty = (
            stack.enter_context(serving(mailbox(store))) for store in (filled(), Store(":memory:"))
        )
        states = [StateDirectory(tmp_path_factory.mktemp("state")) for _ in range(2)]
        ready, stopped = (
            stack.enter_context(serving(web(state))) for state in (running(states[0], full), states[1])
        )
        yield {name: f"{functions}/{name}" for name in of_functions("")} | {
            "mailbox": f"{full}/",
            "mailbox-message": f"{full}/messages/8",
            "mailbox-empty": f"{empty}/",
            "mailbox-no-match": f"{full}/?q=nobody-{LONG}",
            "mailbox-missing": f"{empty}/messages/1",
            "portal": f"{ready}/",
            "portal-stopped": f"{stopped}/",
            "documentation": f"{ready}/docs/",
        }


NAMES = [
    *of_functions(""),
    "mailbox", "mailbox-message", "mailbox-empty", "mailbox-no-match", "mailbox-missing",
    "portal", "portal-stopped", "documentation",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_and_axe_finds_nothing(
    name: str, addresses: dict[str, str], scripted: Any, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("DDP_SCREENSHOTS", tmp_path))
    for width, scheme in product(SIZES, SCHEMES):
        look(scripted, width=width, scheme=scheme)
        scripted.get(addresses[name])
        if name == "documentation":
            wait_for_documentation(scripted)
        file = folder / f"{name}-{width}-{scheme}.png"
        screenshot(scripted, file, is_whole=name != "documentation")
        assert width_of_content(scripted) <= width
        if (width, scheme) in EXAMINED[name == "documentation"]:
            assert violations(scripted) == []
    assert refusals(scripted) == []


def refusals(driver: Any) -> list[str]:
    """What the browser refused since the last call: by the page's policy, or because a script failed."""
    messages = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    return [message for message in messages if "status of 404" not in message]


def wait_for_documentation(driver: Any) -> None:
    wait = pytest.importorskip("selenium.webdriver.support.wait").WebDriverWait
    wait(driver, 20).until(lambda _: "Upload" in driver.find_element("tag name", "body").text)


def test_the_stylesheet_is_small() -> None:
    assert len(STYLE.encode()) < 6_000

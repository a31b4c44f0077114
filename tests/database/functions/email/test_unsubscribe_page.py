"""The unsubscribe page as recipients use it: valid HTML, a real browser without JavaScript, keyboard, axe's rules.

tests/browser.py has the browser; tests/unit/test_pages.py looks at every page in both colour schemes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import Any

import pytest

from ddp import keys
from ddp.links import unsubscribe
from ddp.queries.email.subscriptions import Subscription
from tests import lambdas
from tests.browser import violations
from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform

SENDER = 'Lakeside <b>"Jewellers"</b> & Co'
# Left the sender, left everything, by this link, barred.
STATES = list(product((False, True), repeat=4))


def subscription(
    left_sender: bool = False, left_everything: bool = False, by_this: bool = False, is_barred: bool = False
) -> Subscription:
    """What a recipient chose."""
    return Subscription(
        sender_name=SENDER,
        left_sender=left_sender,
        left_everything=left_everything,
        may_return_to_sender=left_sender and by_this,
        may_return_to_everything=left_everything and by_this,
        is_barred=is_barred,
    )


def pages() -> dict[str, str]:
    """Every page, by name."""
    from functions.email import unsubscribe_page

    made = {"-".join(map(str, state)): unsubscribe_page.preferences(subscription(*state)) for state in STATES}
    made["problem"] = unsubscribe_page.preferences(subscription(), problem="Please choose.")
    made |= {f"asked {left}": unsubscribe_page.confirmation(subscription(left)) for left in (False, True)}
    made["test"] = unsubscribe_page.test_message()
    return made | {"not found": unsubscribe_page.not_found(), "unavailable": unsubscribe_page.unavailable()}


@pytest.mark.parametrize(
    "name",
    [
        *("-".join(map(str, s)) for s in STATES),
        "problem",
        "asked False",
        "asked True",
        "test",
        "not found",
        "unavailable",
    ],
)
def test_html_is_valid(name: str) -> None:
    """Parsed by the WHATWG's rules, without a single parse error."""
    justhtml = pytest.importorskip("justhtml")
    document = justhtml.JustHTML(pages()[name], strict=True, sanitize=False)
    assert document.errors == []
    ids = [element.attrs["id"] for element in document.query("[id]")]
    assert len(set(ids)) == len(ids)
    for label in document.query("label"):
        assert label.attrs["for"] in ids
    for field_ in document.query("input, button"):
        assert field_.attrs.get("type") == "hidden" or "name" in field_.attrs
    assert len(document.query("h1")) == 1
    assert len(document.query("main")) == 1
    assert not document.query("script, link, img, iframe, [src], [href], [style], [onclick]")


# ── in a browser


@dataclass(slots=True)
class Site:
    """The function behind a real URL, and the requests that it got."""

    ledger: Ledger
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        from functions.email import unsubscribe as function

        length = int(request.headers.get("content-length", 0))
        body = request.rfile.read(length).decode() if length else None
        self.asked.append((request.command, request.path))
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = function.handler(
            lambdas.http_event(request.command, request.path, body, headers=headers), lambdas.Context()
        )
        request.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(answer["body"].encode())


@dataclass(slots=True)
class Web:
    """A web server for all tests of this module: closing it would wait for connections that the browser keeps open."""

    url: str = ""
    site: Site | None = None


@pytest.fixture(scope="module", autouse=True)
def web() -> Iterator[Web]:
    """Made before the browsers, and so closed after them."""
    running = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert running.site is not None
            running.site.answer(self)

        do_POST = do_GET  # noqa: N815 - http.server requires this name

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    running.url = f"http://127.0.0.1:{server.server_port}"
    yield running
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(web: Web, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    keys.derive.cache_clear()
    monkeypatch.setattr(keys, "_secret", lambda: b"a secret of more than 32 characters")
    site = Site(Ledger(platform), url=web.url)
    site.ledger.campaign("brand", sender_name=SENDER)
    platform.login("ddp_worker")
    web.site = site
    yield site
    web.site = None
    site.ledger.connection.close()


def link(site: Site, address: str) -> str:
    send = site.ledger.send(address=address)
    return f"{site.url}/unsubscribe/{unsubscribe.token(send)}"


def arrive(driver: Any, title: str) -> None:
    """Wait for the page with this title. Its heading must be the same."""
    wait = pytest.importorskip("selenium.webdriver.support.wait").WebDriverWait
    wait(driver, 20).until(lambda _: driver.title == title, f"{title!r} instead of {driver.title!r}")
    (heading,) = driver.find_elements("css selector", "h1")
    assert (heading.aria_role, heading.text) == ("heading", title)


def test_by_mouse_without_javascript(site: Site, chromium: Any) -> None:
    chromium.get(link(site, "mouse@x"))
    arrive(chromium, "Unsubscribe")
    assert site.ledger.suppressions("mouse@x") == set()

    sender, everything = chromium.find_elements("css selector", "input[type=radio]")
    assert (sender.aria_role, sender.accessible_name) == ("radio", f"E-mails from {SENDER}")
    assert everything.accessible_name == "All e-mails from all senders on this platform"
    assert (sender.is_selected(), everything.is_selected()) == (True, False)
    group = chromium.find_element("css selector", "fieldset")
    assert (group.aria_role, group.accessible_name) == ("group", "Which e-mails do you no longer want?")
    button = chromium.find_element("css selector", "button")
    assert (button.aria_role, button.accessible_name) == ("button", "Unsubscribe")

    chromium.find_element("css selector", "label[for=everything]").click()
    button.click()
    arrive(chromium, "Unsubscribe from everything?")
    assert site.ledger.suppressions("mouse@x") == set()
    yes, no = chromium.find_elements("css selector", "button")
    assert (yes.accessible_name, no.accessible_name) == (
        "Yes, unsubscribe from everything", f"No, only from {SENDER}",
    )  # fmt: skip
    yes.click()
    arrive(chromium, "You are unsubscribed from everything")
    assert chromium.find_element("css selector", "[role=status]").aria_role == "status"
    assert site.ledger.suppressions("mouse@x") == {("everyone", "unsubscribe")}

    chromium.find_element("xpath", "//button[starts-with(., 'Undo')]").click()
    arrive(chromium, "Unsubscribe")
    assert site.ledger.suppressions("mouse@x") == set()
    assert {path for _, path in site.asked} <= {
        *(p for _, p in site.asked if "/unsubscribe/" in p),
        "/favicon.ico",
    }


def test_by_keyboard_without_javascript(site: Site, chromium: Any) -> None:
    keys_ = pytest.importorskip("selenium.webdriver").Keys
    chromium.get(link(site, "keyboard@x"))
    press(chromium, keys_.TAB)
    assert chromium.switch_to.active_element.get_attribute("id") == "sender"
    press(chromium, keys_.TAB)
    focused = chromium.switch_to.active_element
    assert focused.accessible_name == "Unsubscribe"
    assert focused.value_of_css_property("outline-style") == "solid"
    assert focused.value_of_css_property("outline-width") == "3px"
    press(chromium, keys_.ENTER)
    arrive(chromium, "You are unsubscribed")
    assert site.ledger.suppressions("keyboard@x") == {("brand", "unsubscribe")}
    press(chromium, keys_.TAB)
    assert chromium.switch_to.active_element.accessible_name == "Undo: subscribe again"
    press(chromium, keys_.SPACE)
    arrive(chromium, "Unsubscribe")
    assert site.ledger.suppressions("keyboard@x") == set()


def press(driver: Any, key: str) -> None:
    chains = pytest.importorskip("selenium.webdriver").ActionChains
    chains(driver).send_keys(key).perform()


def test_javascript_is_really_off(site: Site, chromium: Any) -> None:
    chromium.get("data:text/html,<title>off</title><script>document.title = 'on'</script>")
    assert chromium.title == "off"


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("", "Unsubscribe"),
        ("sender", "You are unsubscribed"),
        ("everything", "Unsubscribe from everything?"),
        ("confirmed", "You are unsubscribed from everything"),
        ("wrong", "This link does not work"),
    ],
)
def test_axe_finds_nothing_against_it(site: Site, scripted: Any, step: str, title: str) -> None:
    """WCAG 2.2 A and AA and best practices, contrast included, as far as a machine can tell."""
    scripted.get(link(site, "axe@x") + ("x" if step == "wrong" else ""))
    if step in {"sender", "everything", "confirmed"}:
        scripted.find_element("id", "sender" if step == "sender" else "everything").click()
        scripted.find_element("css selector", "button").click()
    if step == "confirmed":
        arrive(scripted, "Unsubscribe from everything?")
        scripted.find_element("css selector", "button").click()
    arrive(scripted, title)
    assert violations(scripted) == []


def test_a_narrow_window_and_large_text_need_no_scrolling_sideways(site: Site, scripted: Any) -> None:
    scripted.set_window_size(320, 700)
    scripted.get(link(site, "narrow@x"))
    scripted.execute_script("document.documentElement.style.fontSize = '200%'")
    wide, window = scripted.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window

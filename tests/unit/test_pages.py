"""Every page that a person looks at, in a browser: on a desktop and a phone, light and dark.

DDP_SCREENSHOTS names a folder that keeps the screenshots, to look at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ddp.pages.page import STYLE, headers
from ddp.queries.email.subscriptions import Subscription
from ddp.queries.sms import links
from functions.email import unsubscribe_page
from functions.engagement import deletion_page
from functions.engagement import models as engagement
from functions.sms.pages import opt_out
from functions.uploads import models, share_page
from infra.cli.api_client import ApiError
from infra.cli.report.asking import ask
from infra.cli.report.page import report
from infra.cli.social.api import PLATFORMS
from infra.local.chaos.proof.page import report as fire_report
from infra.local.http_handler import Handler
from infra.local.identity.issuer import Issuer
from infra.local.navigation import navigation
from infra.local.portal import calendar
from infra.local.portal.server import Web
from infra.local.processes import ProcessId
from infra.local.simulators.mailbox.message import Message
from infra.local.simulators.mailbox.pages import Pages
from infra.local.simulators.mailbox.server import MailboxHandler
from infra.local.simulators.mailbox.store import Store
from infra.local.simulators.phone import pages as phone_pages
from infra.local.simulators.phone.message import Message as Text
from infra.local.simulators.phone.message import count_parts, encoding_of
from infra.local.simulators.phone.server import PhoneHandler
from infra.local.simulators.phone.store import Store as PhoneStore
from infra.local.simulators.platforms.server import PlatformsHandler
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.world import World
from infra.local.state import Part, Phase, State, StateDirectory
from tests.browser import SCHEMES, SIZES, look, screenshot, violations, width_of_content
from tests.unit.infra.cli.report_answers import UNTIL, Answers
from tests.unit.infra.local.chaos.proof import courses
from tests.unit.infra.local.simulators.platforms.shown import CONSENT
from tests.unit.infra.local.simulators.platforms.shown import filled as filled_world

pytestmark = pytest.mark.thorough

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
    asked = datetime(2026, 5, 3, 14, 5, tzinfo=UTC)
    left = subscription(left_sender=True, may_return_to_sender=True)
    texts = {
        "unsubscribe": unsubscribe_page.preferences(subscription()),
        "unsubscribe-problem": unsubscribe_page.preferences(subscription(), problem="Please choose."),
        "unsubscribe-sure": unsubscribe_page.confirmation(subscription()),
        "unsubscribe-done": unsubscribe_page.preferences(left),
        "unsubscribe-gone": unsubscribe_page.not_found(),
        "stop": opt_out.subscription(links.Subscription(sender_name=SENDER, is_shared=False, has_left=False)),
        "stop-shared": opt_out.subscription(
            links.Subscription(sender_name=HOSTILE + LONG, is_shared=True, has_left=False)
        ),
        "stop-done": opt_out.subscription(
            links.Subscription(sender_name=HOSTILE, is_shared=False, has_left=True)
        ),
        "stop-gone": opt_out.not_found(),
        "share": share_page.shared_file(picture, "A" * 43),
        "share-hostile": share_page.shared_file(hostile, "A" * 43),
        "share-gone": share_page.not_found(),
        "deletion": deletion_page.state(engagement.Deletion(requested_at=asked, done_at=None)),
        "deletion-done": deletion_page.state(
            engagement.Deletion(requested_at=asked, done_at=asked + timedelta(minutes=1))
        ),
        "deletion-unknown": deletion_page.unknown(),
    }
    return {name: (text, headers(**share_page.preview_source(picture))) for name, text in texts.items()}


def reports() -> dict[str, str]:
    """The file of `ddp report`, by name: of an account with much activity, and of one that begins; and of chaos."""
    answers = {"report": Answers(), "report-empty": Answers(is_empty=True)}
    fires = {"fire": courses.well(), "fire-bad": courses.badly()}
    return {
        name: report(ask(each, until=UNTIL, days=30, zone="Europe/Zurich")) for name, each in answers.items()
    } | {name: fire_report(each) for name, each in fires.items()}


def calendars() -> dict[str, str]:
    """The calendar of posts, by name: of a full week, of an empty one, and of an API that refuses."""
    asked = calendar.Asked(user="brand", monday=date(2026, 11, 30))
    at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    statuses = ("published", "scheduled", "draft", "failed", "unconfirmed", "cancelled")
    posts = [
        {
            "platform": platform,
            "account_name": HOSTILE if number % 2 else "Zenith",
            "account_handle": "zenith",
            "status": statuses[number % len(statuses)],
            "title": None,
            "excerpt": f"{LONG} <script>alert(1)</script>" if number == 3 else "Our spring watches are here.",
            "calendar_at": (at + timedelta(hours=5 * number)).isoformat(),
        }
        for number, platform in enumerate([*PLATFORMS, None, *PLATFORMS])
    ]
    links = navigation(portal_url="http://127.0.0.1:1", platforms_url="http://127.0.0.1:4")
    shown = {
        "calendar": posts,
        "calendar-empty": [],
        "calendar-refused": ApiError(f"GET was refused: {HOSTILE}"),
    }
    return {name: calendar.page_of(asked, each, links) for name, each in shown.items()}


def written(folder: Path, texts: dict[str, str]) -> dict[str, str]:
    """The URLs of these pages as files, which they are to whoever is mailed one."""
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


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


def phones() -> PhoneStore:
    """Texts as phones get and answer them: of several parts, in other scripts, hostile and long ones."""
    store = PhoneStore(":memory:")
    start = 1_790_000_000.0

    def text(
        number: int, phone: str, country: str, identity: str, direction: Any, body: str, state: str
    ) -> Text:
        at = start + 60 * number
        return Text(
            message_id=f"m-{number}", at=at, phone=phone, country=country, identity=identity, direction=direction,
            body=body, encoding=encoding_of(body), parts=count_parts(body), message_type="PROMOTIONAL",
            price=7400 * count_parts(body) if direction == "out" else 0, send=f"s-{number}",
            history=((at + 1, state),) if direction == "out" else (),
        )  # fmt: skip

    french, japanese, zulu = "+33612345678", "+819012345678", "+27711234567"
    store.add(
        [
            text(0, french, "FR", "36111", "out", "Aurora : le printemps est là. STOP au 36111", "DELIVERED"),
            text(1, french, "FR", "36111", "in", "C'est ouvert dimanche ?\nMerci", ""),
            text(2, french, "FR", "36111", "out", f"{HOSTILE} {LONG} <script>alert(1)</script>", "CARRIER_BLOCKED"),
            text(3, french, "FR", "36111", "in", "STOP", ""),
            text(4, japanese, "JP", "AURORA", "out", "春が来ました。新しい時計が二十本。" * 8, "SENT"),
            text(5, zulu, "ZA", "+27600000123", "in", "stop", ""),
            text(6, zulu, "ZA", "+27600000123", "auto", "You have been unsubscribed.", ""),
            *(text(10 + n, f"+4178123456{n}", "CH", "AURORA", "out", "Der Frühling ist da.", "UNREACHABLE")
              for n in range(6)),
        ]
    )  # fmt: skip
    return store


def running(directory: StateDirectory, mailbox_url: str) -> StateDirectory:
    """The state of a stack whose parts run, but one."""
    own = ProcessId.of(os.getpid())
    names = ("postgres", "emulator", "runner", "mailbox", "phones", "platforms", "web")
    parts = {
        name: Part(name=name, process=own, log=f"/home/someone/ddp/.ddp/logs/{name}.log") for name in names
    }
    urls = {
        "API": "http://127.0.0.1:1/api",
        "Mailbox": mailbox_url,
        "Phones": mailbox_url,
        "Platforms": mailbox_url,
        "Database": "postgresql://127.0.0.1:1/",
    }
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

    addresses_of_others = {"portal_url": "http://127.0.0.1:1", "mailbox_url": "http://127.0.0.1:2"}
    links = navigation(
        **addresses_of_others, phones_url="http://127.0.0.1:3", platforms_url="http://127.0.0.1:4"
    )

    def mailbox(store: Store) -> Callable[[str], Any]:
        return lambda _: partial(MailboxHandler, SimpleNamespace(store=store), Pages(links=links))

    def phone(store: PhoneStore) -> Callable[[str], Any]:
        return lambda _: partial(PhoneHandler, SimpleNamespace(store=store), phone_pages.Pages(links=links))

    def platforms(world: World) -> Callable[[str], Any]:
        world.links = links
        return lambda _: partial(PlatformsHandler, world)

    def web(state: StateDirectory) -> Callable[[str], Any]:
        return lambda url: partial(Web, Issuer.load(url, state.issuer_key), state)

    with ExitStack() as stack:
        functions = stack.enter_context(serving(lambda _: Functions))
        full, empty = (
            stack.enter_context(serving(mailbox(store))) for store in (filled(), Store(":memory:"))
        )
        threads, silent = (
            stack.enter_context(serving(phone(store))) for store in (phones(), PhoneStore(":memory:"))
        )
        folders = [tmp_path_factory.mktemp("platforms") for _ in range(2)]
        worlds = (
            filled_world(folders[0], f"{HOSTILE} {LONG} <script>alert(1)</script>"),
            simulator(folders[1]),
        )
        feeds, quiet = (stack.enter_context(serving(platforms(world))) for world in worlds)
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
            "phones": f"{threads}/",
            "phones-thread": f"{threads}/phones/+33612345678",
            "phones-one-way": f"{threads}/phones/+819012345678",
            "phones-empty": f"{silent}/",
            "phones-no-match": f"{threads}/?q=nobody-{LONG}",
            "phones-missing": f"{silent}/phones/+33612345678",
            "platforms": f"{feeds}/",
            "platforms-feed": f"{feeds}/feeds/youtube",
            "platforms-empty": f"{quiet}/",
            "platforms-missing": f"{quiet}/feeds/nowhere",
            "platforms-consent": f"{feeds}/{CONSENT}",
            "platforms-refused": f"{feeds}/{CONSENT.replace('=code', '=token')}",
            "portal": f"{ready}/",
            "portal-stopped": f"{stopped}/",
            "documentation": f"{ready}/docs/",
            "calendar-stopped": f"{stopped}/calendar/",
            **written(tmp_path_factory.mktemp("reports"), reports() | calendars()),
        }


NAMES = [
    *of_functions(""),
    "mailbox", "mailbox-message", "mailbox-empty", "mailbox-no-match", "mailbox-missing",
    "phones", "phones-thread", "phones-one-way", "phones-empty", "phones-no-match", "phones-missing",
    "platforms", "platforms-feed", "platforms-empty", "platforms-missing", "platforms-consent", "platforms-refused",
    "portal", "portal-stopped", "documentation", "report", "report-empty",
    "calendar", "calendar-empty", "calendar-refused", "calendar-stopped",
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
    return [
        message for message in messages if "status of 404" not in message and "status of 400" not in message
    ]


def wait_for_documentation(driver: Any) -> None:
    wait = pytest.importorskip("selenium.webdriver.support.wait").WebDriverWait
    wait(driver, 20).until(lambda _: "Upload" in driver.find_element("tag name", "body").text)


def test_the_stylesheet_is_small() -> None:
    assert len(STYLE.encode()) < 6_000

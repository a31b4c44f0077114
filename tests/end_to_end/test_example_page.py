"""The example front end in a browser, against the local stack: sign in, upload, stop and go on, send, watch.

DDP_SCREENSHOTS names a folder that keeps the screenshots, to look at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.local.demo.files import MIB
from infra.local.simulators.mailbox.client import MailboxClient
from tests.browser import SCHEMES, SIZES, look, screenshot, violations, width_of_content

from .uploads import archive

# Slow enough that somebody can press a button while a file is sent.
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": MIB // 2}
UPLOADS = "select state::text from uploads where file_name = %s"
SENDS = "select email_send_id::text as send from email_sends where recipient_email = any(%s)"


class Page:
    """The page, by the ids of its elements."""

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        look(driver, width=1280, scheme="light")
        driver.get(url)
        self.until(lambda: driver.find_elements("css selector", "#person option"))

    def text(self, name: str) -> str:
        return str(self.driver.find_element("id", name).text)

    def until(self, holds: Callable[[], object], seconds: float = 90) -> None:
        """Wait until this holds; what the page says is wrong comes with the failure."""
        wait = pytest.importorskip("selenium.webdriver.support.wait").WebDriverWait
        try:
            wait(self.driver, seconds, 0.1).until(lambda _: holds())
        except Exception as error:
            raise AssertionError(self.driver.find_element("tag name", "main").text) from error

    def until_says(self, name: str, words: str) -> None:
        self.until(lambda: words in self.text(name))

    def submit(self, form: str) -> None:
        button = self.driver.find_element("css selector", f"#{form} button:not([type=button])")
        self.until(button.is_enabled)  # it is not while what it did last goes on
        button.click()

    def fill(self, name: str, text: str) -> None:
        field = self.driver.find_element("id", name)
        if field.get_attribute("type") != "file":
            field.clear()
        field.send_keys(text)

    def looks_well(self, name: str, folder: Path) -> None:
        """No page scrolls sideways, and axe finds nothing."""
        for width, scheme in product(SIZES, SCHEMES):
            look(self.driver, width=width, scheme=scheme)
            screenshot(self.driver, folder / f"{name}-{width}-{scheme}.png")
            assert width_of_content(self.driver) <= width
        assert violations(self.driver) == []
        look(self.driver, width=1280, scheme="light")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a name that no other has."""
    path = tmp_path / f"{uuid4().hex}.zip"
    path.write_bytes(archive(2 * MIB).content)
    return path


def test_sign_in_upload_send_and_watch(
    stack: Any, scripted: Any, database: Any, file: Path, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("DDP_SCREENSHOTS", tmp_path))
    page = Page(scripted, f"{stack.urls['Portal']}example/")
    page.looks_well("example", folder)

    page.fill("sender", "news@aurora-watches.example")
    page.submit("send")
    page.until_says("problem", "Sign in first. (not-signed-in)")
    page.submit("sign-in")
    page.until_says("signed-in", "Signed in as Aurora Watches, brand.")

    page.fill("file", str(file))
    scripted.execute_cdp_cmd("Network.enable", {})
    scripted.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW)
    page.submit("upload")
    page.until_says("uploaded", "sending")
    scripted.find_element("id", "stop").click()
    page.until_says("uploaded", "was stopped")
    scripted.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW | {"uploadThroughput": -1})
    page.submit("upload")
    page.until_says("uploaded", "was verified")
    assert [row["state"] for row in database.execute(UPLOADS, [file.name])] == ["live"]
    assert file.name in page.text("files")

    people = [f"{name}.{uuid4().hex[:8]}@shop.example" for name in ("ann", "ben")]
    page.fill("recipients", "\n".join(people))
    page.submit("send")
    page.until_says("sent", "2 recipients: complete")
    assert page.text("problem") == ""
    page.looks_well("example-sent", folder)
    sends = [row["send"] for row in database.execute(SENDS, [people])]
    accepted = MailboxClient(url=stack.urls["Mailbox"]).accepted(sends)
    assert list(accepted.values()) == [1, 1]

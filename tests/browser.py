"""One Chromium per module of tests: Debian's `chromium` with `chromium-driver`.

Where they are not installed, tests that need them are skipped; with DDP_REQUIRE_BROWSER=1 they fail.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

AXE = Path(str(distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js")))
SCHEMES = ("light", "dark")
# Width and height in CSS pixels: a desktop's window, and a phone.
SIZES = {1280: 800, 390: 844}

_FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync", "disable-dev-shm-usage", "hide-scrollbars", "window-size=400,800",
)  # fmt: skip


def start(profile: Path, *, javascript: bool) -> Any:
    """A new Chromium that connects to nothing by itself."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs the package selenium")
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        sentence = "needs a browser: apt-get install chromium chromium-driver"
        pytest.fail(sentence) if os.environ.get("DDP_REQUIRE_BROWSER") else pytest.skip(sentence)
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser in which JavaScript is off."""
    driver = start(tmp_path_factory.mktemp("profile"), javascript=False)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser as most people have it."""
    driver = start(tmp_path_factory.mktemp("profile"), javascript=True)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


def look(driver: Any, *, width: int, scheme: str) -> None:
    """Show pages from now on as on a screen of this width, in this colour scheme."""
    metrics = {"width": width, "height": SIZES[width], "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def width_of_content(driver: Any) -> int:
    """How wide the page is; wider than the screen if it scrolls sideways."""
    return int(driver.execute_script("return document.documentElement.scrollWidth"))


def violations(driver: Any) -> list[tuple[str, list[str]]]:
    """What axe finds against the page: rules with the elements. WCAG 2.2 A and AA and best practices."""
    driver.execute_script(AXE.read_text())
    result = driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert {"html-has-lang", "document-title"} <= {rule["id"] for rule in result["passes"]}
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in result["violations"]]


def screenshot(driver: Any, file: Path, *, is_whole: bool = True) -> None:
    """Write the whole page, or what the screen shows of it, as PNG."""
    how: dict[str, Any] = {}
    if is_whole:
        width, height = driver.execute_script("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        how = {"captureBeyondViewport": True, "clip": clip}
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", how)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(taken["data"]))

"""The example front end of functions/client: its page, and the modules that a browser loads for it."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from ddp.pages.page import policy
from infra.client_build import CLIENT, built, tools
from infra.local.navigation import local_page

PAGE: Final = CLIENT / "example" / "example.html"

# Where the page finds what the modules import by the names of packages.
_PACKAGES: Final = {
    "openapi-fetch": "openapi-fetch/dist/index.mjs",
    "@noble/hashes/": "@noble/hashes/",
}
_IMPORTS: Final = json.dumps(
    {"imports": {name: f"/example/packages/{place}" for name, place in _PACKAGES.items()}}
)


def page_of(api_url: str, links: dict[str, str]) -> str:
    """The page, for a stack whose API has this address."""
    content = (
        f'<script type="importmap">{_IMPORTS}</script>\n'
        f'<script type="module" src="dist/example/example.js"></script>\n'
        f'<div id="example" data-api="{escape(api_url)}">\n{PAGE.read_text()}</div>'
    )
    return local_page("Example front end", content, links=links, current="Example")


def headers(api_url: str) -> dict[str, str]:
    """Headers of the page. It may call this server, the API, and S3, which the emulator serves beside the API."""
    origin = "/".join(api_url.split("/")[:3])
    import_map = b64encode(sha256(_IMPORTS.encode()).digest()).decode()
    sources = {"script_src": f"'self' 'sha256-{import_map}'", "connect_src": f"'self' {origin}".strip()}
    return {"Content-Security-Policy": policy(**sources), "Cache-Control": "no-store"}


def modules() -> dict[str, Path]:
    """The files of the modules by their paths on this server. Raises NodeError if they cannot be compiled."""
    return _modules(built() / "dist") | _modules_of_packages()


def _modules(folder: Path) -> dict[str, Path]:
    return {f"/example/dist/{file.relative_to(folder)}": file for file in folder.rglob("*.js")}


@cache
def _modules_of_packages() -> dict[str, Path]:
    packages = tools() / "node_modules"
    files = [packages / _PACKAGES["openapi-fetch"], *(packages / "@noble/hashes").glob("*.js")]
    return {f"/example/packages/{file.relative_to(packages)}": file for file in files}

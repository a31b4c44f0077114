"""The API's documentation: Scalar shows the checked-in OpenAPI document, and calls the running API.

Scalar's script comes from a wheel and is served from here; the page loads nothing from anywhere else.
"""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from infra.local.state import StateDirectory
from infra.state import ROOT

OPENAPI = ROOT / "functions" / "openapi.json"
# Only this file of the wheel is used; its Python code, which needs Flask, is never imported.
SCALAR = Path(
    str(
        distribution("flask-openapi-scalar").locate_file(
            "flask_openapi_scalar/templates/scalar/js/scalar.standalone.js"
        )
    )
)
PAGE = Path(__file__).with_name("documentation.html")


def page_of() -> str:
    """The page, which loads Scalar, documentation.js and the document."""
    return PAGE.read_text()


def headers(api_url: str) -> dict[str, str]:
    """Headers of the page. It may call this server and the API; Scalar adds its own styles while it runs."""
    api = "/".join(api_url.split("/")[:3])
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"connect-src 'self' {api}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def openapi_document(state: StateDirectory) -> dict[str, Any]:
    """The checked-in document, with the address of the running stack's API."""
    document: dict[str, Any] = json.loads(OPENAPI.read_text())
    current = state.read()
    if current and "API" in current.urls:
        document["servers"] = [{"url": current.urls["API"], "description": "The local stack"}]
    return document

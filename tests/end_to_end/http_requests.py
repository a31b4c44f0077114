"""Requests to the API with additional headers, and whole answers."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from infra.cli.api_client import Client

_http = urllib3.PoolManager(retries=False, timeout=60, maxsize=8)


def ask(client: Client, method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
    """Send one request as this client, with additional headers."""
    sent = {"Content-Type": "application/json", **headers}
    if client.token:
        sent["Authorization"] = f"Bearer {client.token}"
    content = None if body is None else json.dumps(body).encode()
    return _http.request(method, client.api_url + path, body=content, headers=sent)

"""Where a request comes from: what CloudFront says of its viewer is believed of requests that came through ours.

Who calls the API's own address could send the same headers. The distribution adds a secret header, which replaces one
that a viewer sent, and which nobody else knows.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from typing import Any

from ddp import settings

# The secret `{"key": "…"}` that CloudFront sends as X-DDP-Edge. Empty: there is no CloudFront before the API.
EDGE_SECRET = settings.optional("DDP_EDGE_SECRET")
# Whether requests that came past the distribution are refused.
EDGE_ONLY = settings.optional("DDP_EDGE_ONLY") == "true"

# The host name of short links, where this function answers nothing.
LINK_DOMAIN = settings.optional("DDP_NOT_ON_DOMAIN")


def is_on_link_domain(event: Mapping[str, Any]) -> bool:
    """Whether an HTTP API event asks this function under the host name of short links, which is kept for these."""
    return bool(LINK_DOMAIN) and event["requestContext"].get("domainName") == LINK_DOMAIN


def is_from_edge(headers: Mapping[str, str]) -> bool:
    """Whether the request came through the distribution before the API."""
    given = headers.get("x-ddp-edge")
    return bool(EDGE_SECRET and given) and hmac.compare_digest(str(given).encode(), _secret())


def secret_header() -> dict[str, str]:
    """What makes a request of our own look as if it came through the distribution; nothing where there is none."""
    return {"X-DDP-Edge": _secret().decode()} if EDGE_SECRET else {}


def came_past_the_edge(event: Mapping[str, Any]) -> bool:
    """Whether an HTTP API event is to be refused, because it did not come through the distribution."""
    return EDGE_ONLY and not is_from_edge(event.get("headers", {}))


def address(event: Mapping[str, Any]) -> str:
    """The viewer's IP address: as CloudFront saw it, else as API Gateway did. A caller can forge X-Forwarded-For."""
    headers = event.get("headers", {})
    seen, _, _port = headers.get("cloudfront-viewer-address", "").rpartition(":")
    try:
        viewer = str(ip_address(seen.strip("[]")))
    except ValueError:
        viewer = ""
    gateways = str(event["requestContext"]["http"]["sourceIp"])
    return viewer if viewer and is_from_edge(headers) else gateways


@cache
def _secret() -> bytes:
    import boto3  # imported only if needed: it loads slowly

    value = boto3.client("secretsmanager").get_secret_value(SecretId=EDGE_SECRET)["SecretString"]
    return str(json.loads(value)["key"]).encode()

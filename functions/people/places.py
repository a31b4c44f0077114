"""Where a request comes from, as CloudFront saw it: believed only of requests that came through our CloudFront.

Who calls the API's own address could send the same headers. CloudFront adds a secret header, which nobody else knows.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote

from ddp import settings

# The secret `{"key": "…"}` that CloudFront sends as X-DDP-Edge. Empty: there is no CloudFront before the API.
EDGE_SECRET = settings.optional("DDP_EDGE_SECRET")

_COUNTRY = re.compile("[A-Z]{2}")


def seen_by_edge(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The country's code and the name of the region; None where the edge does not say, or did not see the request."""
    country = headers.get("cloudfront-viewer-country", "")
    if not EDGE_SECRET or not _COUNTRY.fullmatch(country) or not _is_from_edge(headers):
        return None, None
    return country, unquote(headers.get("cloudfront-viewer-country-region-name", ""))[:100] or None


def _is_from_edge(headers: Mapping[str, str]) -> bool:
    return hmac.compare_digest(headers.get("x-ddp-edge", "").encode(), _secret())


@cache
def _secret() -> bytes:
    import boto3  # imported only if needed: it loads slowly

    value = boto3.client("secretsmanager").get_secret_value(SecretId=EDGE_SECRET)["SecretString"]
    return str(json.loads(value)["key"]).encode()

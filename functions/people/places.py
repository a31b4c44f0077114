"""Where a request comes from, as CloudFront saw it: believed only of requests that came through our CloudFront."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from ddp.refusals import origin

_COUNTRY = re.compile("[A-Z]{2}")


def seen_by_edge(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The country's code and the name of the region; None where the edge does not say, or did not see the request."""
    country = headers.get("cloudfront-viewer-country", "")
    if not _COUNTRY.fullmatch(country) or not origin.is_from_edge(headers):
        return None, None
    return country, unquote(headers.get("cloudfront-viewer-country-region-name", ""))[:100] or None

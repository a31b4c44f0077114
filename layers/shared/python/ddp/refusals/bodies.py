"""Bodies of requests: JSON, as the toolkit would not check it."""

from __future__ import annotations

import json
from typing import Any


def is_json(event: dict[str, Any]) -> bool:
    """Whether a request that changes something has no media type, or JSON's. The toolkit would also parse forms."""
    media_type = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    method = event["requestContext"]["http"]["method"]
    return media_type in {"", "application/json"} or method not in {"POST", "PUT", "PATCH"}


def parse_json(text: str) -> Any:
    """The value of a JSON text. Raises JSONDecodeError, also for what Python's parser cannot read."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # Python refuses integers of more than 4,300 digits
        raise json.JSONDecodeError("nested too deeply, or a number too long", text, 0) from None

"""Messages of the queues of engagement. Events come with their request's body; the others only say what may be due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

POLL = json.dumps({"type": "PollPosts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a request of a platform said, after its signature was checked.

    `source`: meta or tiktok. `document`: JSON of a webhook; or of a signed request, then `code` is set: that of a
    request to forget a person, or empty for access that was taken back.
    """

    source: str
    document: Any
    code: str | None = None


def told(source: str, document: Any, code: str | None = None) -> str:
    """The message about a request."""
    return json.dumps({"type": "Told", "source": source, "document": document, "code": code})


def read(bodies: Sequence[str]) -> list[Told]:
    """What these messages say. Raises KeyError or ValueError for one that is none of ours."""
    found = [json.loads(body) for body in bodies]
    return [Told(source=one["source"], document=one["document"], code=one.get("code")) for one in found]

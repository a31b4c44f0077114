"""Publishes one video through an adapter, in a process of its own, and prints the most memory that it took.

Reads JSON: gateway, platform, kind, account (the fields of Account), size in bytes, content_type, options. Writes JSON:
kilobytes, and external_id.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from uuid import uuid4

wanted = json.load(sys.stdin)
os.environ["DDP_SOCIAL_GATEWAY"] = wanted["gateway"]

from ddp.providers.social import publishing  # noqa: E402
from ddp.providers.social.base import Account, Media, Post, PostType, Published, State  # noqa: E402

ZEROS = bytes(64 << 20)


def read(start: int, length: int) -> bytes:
    """Sparse data: zeros, of which no two copies are in memory."""
    assert start + length <= wanted["size"]
    return ZEROS[:length]


def main() -> None:
    """Prepare, check, finalise, confirm; a state may be given to go on from."""
    publisher = publishing.of(wanted["platform"])
    account = Account(**wanted["account"] | {"scopes": frozenset(wanted["account"]["scopes"])})
    media = Media(position=0, content_type="video/mp4", size=wanted["size"], read=read, seconds=60.0)
    post = Post(
        post_id=uuid4(),
        type=PostType(wanted["kind"]),
        text="The largest",
        title="The largest",
        media=[media],
        options=wanted["options"],
    )
    saved: list[State] = []
    progress = publisher.prepare(account, post, wanted.get("state", {}), saved.append)
    while not progress.is_ready:
        progress = publisher.check(account, post, progress.state)
    result = publisher.finalise(account, post, progress.state)
    while not isinstance(result, Published):
        result = publisher.confirm(account, result.state)
    # Not ru_maxrss, which remembers the process that this one was started from.
    kilobytes = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])
    json.dump({"kilobytes": kilobytes, "external_id": result.external_id}, sys.stdout)


main()

"""Keep what is in the buckets from one run of the stack to the next.

The emulator writes objects through to disk, but forgets all else at its end, and names a new stack's buckets
anew. So each bucket is filled from the one of the same logical id in the last run, before anything listens.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.local.assembly import StackArtifact
from infra.local.deploy import DeployedStack
from infra.local.emulator import Emulator


def carry_over(emulator: Emulator, stack: StackArtifact, deployed: DeployedStack, record: Path) -> None:
    """Move the objects of the last run's buckets into this run's; `record` remembers the names."""
    names: dict[str, str] = json.loads(record.read_text()) if record.exists() else {}
    s3 = emulator.client("s3")
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for logical_id in stack.resources("AWS::S3::Bucket"):
        key, bucket = f"{stack.name}/{logical_id}", deployed.resources[logical_id]
        if names.get(key, bucket) in existing - {bucket}:
            _move(s3, names[key], bucket)
        names[key] = bucket
    record.write_text(json.dumps(names, indent=1))


def _move(s3: Any, old: str, new: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=old):
        for entry in page.get("Contents", ()):
            s3.copy({"Bucket": old, "Key": entry["Key"]}, new, entry["Key"])
            s3.delete_object(Bucket=old, Key=entry["Key"])
    s3.delete_bucket(Bucket=old)

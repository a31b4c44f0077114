"""Keeps the objects of the buckets from one run of the stack to the next.

The emulator writes objects to disk but forgets everything else when it ends, and a new stack's buckets get new names.
So each new bucket is filled from the last run's bucket with the same logical id.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from infra.local.aws.assembly import StackArtifact
from infra.local.aws.deploy import DeployedStack
from infra.local.aws.emulator import ACCOUNT, Emulator

# Objects below it are kept for a day, as by the bucket's lifecycle rule, which the emulator does not run: what was not
# verified when the emulator was killed is verified afterwards.
TRANSIENT = "incoming/"
KEPT_SECONDS = 86_400


def forget_old(data: Path, record: Path) -> None:
    """Delete what no later run needs from the stopped emulator's disk."""
    kept = set(_read(record).values())
    for bucket in (data / ACCOUNT).glob("*"):
        if bucket.name in kept:
            _expire(bucket / TRANSIENT)
        else:
            shutil.rmtree(bucket, ignore_errors=True)
    shutil.rmtree(data / ".versions", ignore_errors=True)


def carry_over(emulator: Emulator, stack: StackArtifact, deployed: DeployedStack, record: Path) -> None:
    """Copy the objects from the last run's buckets into this run's. `record` is the file of the buckets' names."""
    names = _read(record)
    existing = {bucket["Name"] for bucket in emulator.client("s3").list_buckets()["Buckets"]}
    for logical_id in stack.resources("AWS::S3::Bucket"):
        key, bucket = f"{stack.name}/{logical_id}", deployed.resources[logical_id]
        if names.get(key, bucket) in existing - {bucket}:
            _copy(emulator, names[key], bucket)
        names[key] = bucket
    record.write_text(json.dumps(names, indent=1))


def _expire(directory: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for file in directory.rglob("*"):
        if file.is_file() and file.stat().st_mtime < oldest:
            file.unlink()


def _copy(emulator: Emulator, old: str, new: str) -> None:
    s3 = emulator.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=old):
        for entry in page.get("Contents", ()):
            s3.copy_object(CopySource={"Bucket": old, "Key": entry["Key"]}, Bucket=new, Key=entry["Key"])


def _read(record: Path) -> dict[str, str]:
    return dict(json.loads(record.read_text())) if record.exists() else {}

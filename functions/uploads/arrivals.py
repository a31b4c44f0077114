"""Arrivals: what a message in the queue uploads-object-created says about the object of an upload.

S3's events come through EventBridge; where objects are scanned for malware, GuardDuty's do instead. Reconciliation
sends an event again in the same form.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ddp.providers import s3


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The object of an upload has arrived. `verdict` is the malware scan's result; None if scanning is off."""

    upload_id: UUID
    etag: str
    verdict: str | None


def parse(body: str) -> Arrival | None:
    """Read an EventBridge event from S3 or GuardDuty; None if it is not about an upload in our bucket."""
    try:
        event = json.loads(body)
        arrival = _PARSERS[event["detail-type"]](event["detail"])
    except (ValueError, KeyError, TypeError):
        return None
    return arrival


def serialise(arrival: Arrival) -> str:
    """The body of an event about the arrival, with the members that `parse` reads."""
    key, etag = s3.incoming_key(arrival.upload_id), arrival.etag
    if arrival.verdict is None:
        detail = {"bucket": {"name": s3.BUCKET}, "object": {"key": key, "etag": etag}}
        return json.dumps({"detail-type": CREATED, "detail": detail})
    detail = {
        "s3ObjectDetails": {"bucketName": s3.BUCKET, "objectKey": key, "eTag": etag},
        "scanResultDetails": {"scanResultStatus": arrival.verdict},
    }
    return json.dumps({"detail-type": SCANNED, "detail": detail})


def _object_created(detail: dict[str, Any]) -> Arrival:
    stored = detail["object"]
    return _arrival(detail["bucket"]["name"], stored["key"], stored["etag"], None)


def _object_scanned(detail: dict[str, Any]) -> Arrival:
    stored = detail["s3ObjectDetails"]
    verdict = detail["scanResultDetails"]["scanResultStatus"]
    return _arrival(stored["bucketName"], stored["objectKey"], stored["eTag"], verdict)


def _arrival(bucket: str, key: str, etag: str, verdict: str | None) -> Arrival:
    upload_id = UUID(key.removeprefix("incoming/"))
    if bucket != s3.BUCKET or key != s3.incoming_key(upload_id):
        raise ValueError(key)
    return Arrival(upload_id=upload_id, etag=etag.strip('"'), verdict=verdict)


CREATED = "Object Created"
SCANNED = "GuardDuty Malware Protection Object Scan Result"

_PARSERS = {CREATED: _object_created, SCANNED: _object_scanned}

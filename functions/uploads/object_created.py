"""Handles objects that arrive under `incoming/`: verifies each, copies it to `files/`, and settles its upload.

Events arrive at least once, in any order, and may refer to deleted objects. Each upload is settled once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ddp import db, queues
from ddp.errors import NotFound, Transient
from ddp.observability import logger
from ddp.providers import s3
from ddp.queries.files import uploads
from functions.uploads import content
from functions.uploads.content import Rejected
from functions.uploads.content_types import THUMBNAIL_WIDTHS

if TYPE_CHECKING:
    from functions.uploads.images import Picture

CHUNK = 1024 * 1024

# S3's error codes for an object that was deleted or replaced. A replacement sends its own event.
GONE = {"NoSuchKey", "404", "PreconditionFailed", "412"}

# States in which an upload stays, and never has a file.
WITHOUT_FILE = {"rejected", "aborted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The object of an upload has arrived. `verdict` is the malware scan's result; None if scanning is off."""

    upload_id: UUID
    etag: str
    verdict: str | None


def process(record: SQSRecord) -> None:
    """Settle the upload that one event is about. Raises only if a retry may succeed."""
    arrival = parse(record.body)
    if arrival is None:
        logger.warning("dropped an event that is not about an upload", body=record.body)
        return
    logger.append_keys(upload_id=str(arrival.upload_id))
    upload = _find(arrival.upload_id)
    if upload is None:
        logger.warning("no such upload")
    elif upload.state == "pending":
        _settle(arrival, upload)
    else:
        logger.info("already settled", state=upload.state)
        _remove_unused(upload, upload.state)


def parse(body: str) -> Arrival | None:
    """Read an EventBridge event from S3 or GuardDuty; None if it is not about an upload in our bucket."""
    try:
        event = json.loads(body)
        arrival = _PARSERS[event["detail-type"]](event["detail"])
    except (ValueError, KeyError, TypeError):
        return None
    return arrival


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


_PARSERS = {
    "Object Created": _object_created,
    "GuardDuty Malware Protection Object Scan Result": _object_scanned,
}


def _find(upload_id: UUID) -> uploads.Upload | None:
    try:
        with db.transaction(role="service_role") as cursor:
            return uploads.get(cursor, upload_id)
    except NotFound:
        return None


def _settle(arrival: Arrival, upload: uploads.Upload) -> None:
    try:
        _require_clean(arrival.verdict)
        picture = _verify(arrival, upload)
        _publish(arrival, upload, picture)
    except Rejected as rejection:
        with db.transaction(role="service_role") as cursor:
            uploads.settle_rejected(cursor, upload.upload_id, code=rejection.code, reason=rejection.reason)
        logger.info("rejected", code=rejection.code)
    except ClientError as error:
        if s3.code(error) not in GONE:
            raise
        logger.warning("the object is gone: the upload stays pending and expires", s3=s3.code(error))


def _require_clean(verdict: str | None) -> None:
    """Raise Rejected for malware and for files that cannot be scanned.

    Raises Transient if the scan itself failed: the message is retried and then kept in the dead-letter queue.
    """
    match verdict:
        case None | "NO_THREATS_FOUND":
            return
        case "THREATS_FOUND":
            raise Rejected("malware", "The file contains malware.")
        case "UNSUPPORTED":
            raise Rejected("scan-impossible", "The file cannot be scanned for malware. It may be encrypted.")
        case _:
            raise Transient(f"the malware scan did not finish: {verdict}")


def _verify(arrival: Arrival, upload: uploads.Upload) -> Picture | None:
    body = s3.read(s3.incoming_key(upload.upload_id), etag=arrival.etag)
    with body, TemporaryFile() as spool:
        return content.verify(body.iter_chunks(CHUNK), upload, spool)


def _publish(arrival: Arrival, upload: uploads.Upload, picture: Picture | None) -> None:
    """Copy exactly the bytes that were verified (the ETag pins them) and make the file live."""
    thumbnails = picture.thumbnails if picture else {}
    key = s3.file_key(upload.file_id)
    s3.copy(s3.incoming_key(upload.upload_id), key, etag=arrival.etag, content_type=upload.content_type)
    for width, webp in thumbnails.items():
        s3.put(s3.thumbnail_key(upload.file_id, width), webp, content_type="image/webp")
    with db.transaction(role="service_role") as cursor:
        state = uploads.settle_live(
            cursor,
            upload.upload_id,
            file_path=key,
            image_width=picture.width if picture else None,
            image_height=picture.height if picture else None,
            thumbnail_widths=sorted(thumbnails),
        )
    logger.info("settled", state=state)
    _remove_unused(upload, state)


def _remove_unused(upload: uploads.Upload, state: str) -> None:
    """Delete what was copied for a file that will never exist: a duplicate's, or of an upload aborted meanwhile.

    Only after the refusal is committed, because until then another worker may make the same copy live. If this fails,
    the message comes again and finds the upload settled.
    """
    if state not in WITHOUT_FILE:
        return
    s3.delete(s3.file_key(upload.file_id))
    if upload.file_type == "image":
        for width in THUMBNAIL_WIDTHS:
            s3.delete(s3.thumbnail_key(upload.file_id, width))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Settle the uploads of a batch of events. Events that may succeed later are reported as failed."""
    return queues.process(event, context, process)

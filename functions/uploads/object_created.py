"""An object has arrived in `incoming/`: verify it, copy it to where files live, and settle its upload.

Events come at least once, in any order, and for objects that are gone; each upload is settled once.
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

if TYPE_CHECKING:
    from functions.uploads.images import Picture

CHUNK = 1024 * 1024

# S3's words for an object that is gone, or is another one by now: its own event is on the way.
GONE = {"NoSuchKey", "404", "PreconditionFailed", "412"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What an event says: the object of an upload has arrived; `verdict` of the malware scan where there is one."""

    upload_id: UUID
    etag: str
    verdict: str | None


def process(record: SQSRecord) -> None:
    """Settle the upload of one event. Raises only what may succeed later."""
    arrival = parse(record.body)
    if arrival is None:
        logger.warning("not an upload's event: dropped", body=record.body)
        return
    logger.append_keys(upload_id=str(arrival.upload_id))
    upload = _pending_upload(arrival.upload_id)
    if upload is not None:
        _settle(arrival, upload)


def parse(body: str) -> Arrival | None:
    """An EventBridge event of S3 or GuardDuty; None for anything that is not about an upload in our bucket."""
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


def _pending_upload(upload_id: UUID) -> uploads.Upload | None:
    try:
        with db.transaction(role="service_role") as cursor:
            upload = uploads.get(cursor, upload_id)
    except NotFound:
        logger.warning("no such upload")
        return None
    if upload.state != "pending":
        logger.info("settled already", state=upload.state)
        return None
    return upload


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
    """Only what was scanned and found clean passes; a scan that failed stays in the queue, for an operator."""
    match verdict:
        case None | "NO_THREATS_FOUND":
            return
        case "THREATS_FOUND":
            raise Rejected("malware", "The file holds malware.")
        case "UNSUPPORTED":
            raise Rejected("scan-impossible", "The file cannot be scanned for malware: is it encrypted?")
        case _:
            raise Transient(f"the malware scan did not finish: {verdict}")


def _verify(arrival: Arrival, upload: uploads.Upload) -> Picture | None:
    body = s3.read(s3.incoming_key(upload.upload_id), etag=arrival.etag)
    with body, TemporaryFile() as spool:
        return content.verify(body.iter_chunks(CHUNK), upload, spool)


def _publish(arrival: Arrival, upload: uploads.Upload, picture: Picture | None) -> None:
    """Copy what was verified, and nothing else: the copy is pinned by the ETag that was read."""
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


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Settle the uploads of a batch of events; those that may succeed later are reported as failed."""
    return queues.process(event, context, process)

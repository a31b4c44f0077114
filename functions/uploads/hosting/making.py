"""Makes hosted images, and removes those that were revoked. `ddp.links.hosted_images` says what names them.

The message {"type": "HostImage", "token": …} in the queue uploads-object-created asks for one; reconciliation sends it.
Two workers that make the same image write the same object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ddp import db, queues
from ddp.links import hosted_images
from ddp.observability import logger
from ddp.providers import s3
from ddp.queries.files import hosting

# Images that one run of reconciliation has made, and objects that it removes.
MADE_AT_ONCE = 100
REMOVED_AT_ONCE = 1_000


def asked_for(body: str) -> str | None:
    """The token of the image that a message asks for; None if it is another message."""
    try:
        message = json.loads(body)
        token = message["token"] if message["type"] == "HostImage" else None
    except (ValueError, KeyError, TypeError):
        return None
    return token if isinstance(token, str) and hosted_images.key(token) else None


def make(token: str) -> None:
    """Make the image of a token, unless that is done, or nobody wants it any more."""
    with db.transaction(role="service_role") as cursor:
        file = hosting.to_make(cursor, token)
    if file is None:
        logger.info("no longer wanted")
        return
    from ddp.images import derivatives  # imported only for images: Pillow loads slowly

    try:
        made = derivatives.derivative(s3.read_range(file["file_path"], 0, file["file_size"]))
    except derivatives.NotMade as error:
        logger.info("not hosted", code=error.code)
        with db.transaction(role="service_role") as cursor:
            hosting.failed(cursor, token, error.code)
        return
    _publish(token, made.content, made.content_type)


def _publish(token: str, content: bytes, content_type: str) -> None:
    """Write the object, and show its address; take it back if the image was revoked meanwhile."""
    key = _key(token)
    s3.put(key, content, content_type=content_type)
    with db.transaction(role="service_role") as cursor:
        is_hosted = hosting.made(cursor, token, content_type, hosted_images.address(token))
    if not is_hosted:
        s3.delete(key)
    logger.info("hosted" if is_hosted else "revoked meanwhile")


def reconcile(queue_url: str) -> None:
    """Have workers make what is wanted, and delete the objects of what was revoked. Harmless when repeated."""
    with db.transaction(role="service_role") as cursor:
        wanted = hosting.wanted(cursor, MADE_AT_ONCE)
        revoked = hosting.revoked(cursor, REMOVED_AT_ONCE)
    queues.send(queue_url, [json.dumps({"type": "HostImage", "token": token}) for token in wanted])
    if revoked:
        _remove(revoked)
    if wanted or revoked:
        logger.info("hosted images", told=len(wanted), removed=len(revoked))


def _remove(tokens: Sequence[str]) -> None:
    s3.delete_all([_key(token) for token in tokens])
    with db.transaction(role="service_role") as cursor:
        hosting.removed(cursor, tokens)


def _key(token: str) -> str:
    key = hosted_images.key(token)
    if key is None:
        raise ValueError("the database made a token that is not one")
    return key

"""Takes away at once what was hosted. Reconciliation removes what fails here, and what a browser revokes."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ddp.links import hosted_images
from ddp.observability import logger
from ddp.providers import s3


def remove(url: str | None) -> None:
    """Delete the object at an address that a committed change has ended; None: there was none."""
    token = hosted_images.token_in(url) if url else None
    key = hosted_images.key(token) if token else None
    if key is None:
        return
    try:
        s3.delete(key)
    except ClientError:
        logger.warning("a revoked image is left to reconciliation", exc_info=True)

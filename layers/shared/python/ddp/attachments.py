"""The limit on the size of an e-mail's attachments, for the API that drafts it and the worker that sends it."""

from __future__ import annotations

from ddp.errors import Invalid

# Total bytes of the attachments of one message. Many mailboxes refuse messages above 10 MB, and base64 adds a third.
# ddp.freeze_attachments() has the same number.
LIMIT = 7 * 1024 * 1024


def check_size(size: int) -> None:
    """Raise Invalid if the attachments of a message have more than LIMIT bytes in total."""
    if size > LIMIT:
        raise Invalid(
            f"Attachments have at most {LIMIT // 1024**2} MiB in total.",
            code="attachments-too-large",
            extra={"bytes": size},
        )

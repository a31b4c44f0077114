"""The size of an e-mail's attachments, for the API that drafts it and for the worker that sends it."""

from __future__ import annotations

from ddp.errors import Invalid

# Bytes of all attachments of one message. Many mailboxes refuse messages above 10 MB, and base64 adds a third.
# ddp.freeze_attachments() has the same number.
LIMIT = 7 * 1024 * 1024


def check_size(size: int) -> None:
    """Raise Invalid where a message's attachments have more than LIMIT bytes together."""
    if size > LIMIT:
        raise Invalid(
            f"Attachments have {LIMIT // 1024**2} MiB at most, all together.",
            code="attachments-too-large",
            extra={"bytes": size},
        )

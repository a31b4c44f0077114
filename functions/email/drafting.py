"""The content of a draft, checked before it is stored: templates parse; attachments exist and are small enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import attachments, placeholder, rendering
from ddp.errors import Conflict, Invalid
from ddp.links import hosted_images
from ddp.queries.campaigns import templates
from ddp.queries.email import drafts

_PARTS = {"email_subject": "subject", "email_content": "html", "text_content": "text"}


def from_template(cursor: Cursor[DictRow], draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft, with its template's content where it has none of its own. Raises NotFound, Invalid."""
    if draft["template_id"] is None:
        return dict(draft)
    template = templates.get(cursor, draft["template_id"])
    content = template["template_content"]
    given = {name: draft[name] or content.get(part) for name, part in _PARTS.items()}
    if not given["email_subject"] or not given["email_content"]:
        raise Invalid(
            "This template has no subject or no HTML: give email_subject and email_content.",
            code="incomplete-template",
        )
    return dict(draft) | given


def check(draft: Mapping[str, Any]) -> None:
    """Check the templates that are given and not empty. Raises Invalid, which names part and line."""
    for name, part in _PARTS.items():
        if draft.get(name):
            rendering.check(draft[name], part=part)


def check_attachments(cursor: Cursor[DictRow], file_ids: Sequence[UUID]) -> None:
    """Check that these are live files of the caller. Raises Conflict; Invalid for a repeated id and too large files."""
    wanted = set(file_ids)
    if len(wanted) < len(file_ids):
        raise Invalid("An attachment is given twice.", code="attachment-twice")
    files, size = drafts.attachments_found(cursor, file_ids)
    if files < len(wanted):
        raise Conflict("An attachment is not a live file of yours.", code="attachment-not-found")
    attachments.check_size(size)


def files_of(message: Mapping[str, Any], rendered: rendering.Rendered) -> list[UUID]:
    """The files that a message attaches, and those whose hosted images it shows or links to."""
    shown = hosted_images.files_in(rendered.html) | hosted_images.files_in(rendered.text)
    return [*map(UUID, message["attachments"]), *shown]


def render(
    message: Mapping[str, Any],
    template_data: Mapping[str, Any],
    sender_profile: Mapping[str, Any],
    slots: Mapping[str, Any] | None,
) -> rendering.Rendered:
    """The message as a recipient with this data would receive it. Raises Invalid."""
    return placeholder.preview(
        message["email_subject"],
        message["email_content"],
        message["text_content"],
        rendering.variables_of(template_data, sender_profile, slots),
        postal_address=sender_profile.get("postal_address", ""),
    )

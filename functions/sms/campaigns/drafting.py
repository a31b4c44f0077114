"""The content of a draft, checked before it is stored: its text is a template that can be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Forbidden, Invalid
from ddp.queries.campaigns import templates
from ddp.queries.sms import drafts
from functions.sms.campaigns.models import MOST_TEMPLATE_BYTES, SmsCampaignDetail
from functions.sms.texts import content


def from_template(cursor: Cursor[DictRow], draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft, with its template's text where it has none of its own. Raises NotFound, Invalid."""
    if draft["template_id"] is None or draft["sms_content"]:
        return dict(draft)
    text = templates.get(cursor, draft["template_id"])["template_content"].get("text")
    if not isinstance(text, str) or not text.strip():
        raise Invalid("This template has no text: give sms_content.", code="incomplete-template")
    if len(text.encode()) > MOST_TEMPLATE_BYTES:
        raise Invalid(
            f"The text of this template has more than {MOST_TEMPLATE_BYTES:,} bytes: give a shorter sms_content.",
            code="message-too-large",
        )
    content.prepared(text)
    return dict(draft) | {"sms_content": text}


def check(draft: Mapping[str, Any]) -> None:
    """Check the text, if it is given. Raises Invalid, which names the line."""
    if draft.get("sms_content"):
        content.prepared(draft["sms_content"])


def require_leave(cursor: Cursor[DictRow], draft: Mapping[str, Any], given: set[str]) -> None:
    """Raise Forbidden for a draft that is to be transactional, without an administrator's permission."""
    is_asked = "message_type" in given and draft["message_type"] == "transactional"
    if is_asked and not drafts.may_send_transactional(cursor):
        raise Forbidden(
            "Transactional SMS need an administrator's permission: ask for it, or make this one promotional.",
            code="transactional-not-allowed",
        )


def detail(row: Mapping[str, Any]) -> SmsCampaignDetail:
    """An SMS with its content, from its row."""
    return SmsCampaignDetail.model_validate(dict(row) | {"sms_excerpt": row["sms_content"][:160]})

"""Previewing a draft: the work behind each channel's routes."""

from __future__ import annotations

from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.channels import Channel
from ddp.queries.messages import drafts
from functions.sending.models import AudienceSize, EarlierSend, RecipientFile, TargetAudience
from functions.sending.operations import earlier


def size(
    cursor: Cursor[DictRow],
    channel: Channel,
    campaign_id: UUID,
    audience: RecipientFile | TargetAudience | EarlierSend,
) -> AudienceSize:
    """How large a file, the campaign's target audience or a group of an earlier send's recipients is.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    match audience:
        case RecipientFile():
            file_size = drafts.file_size(cursor, channel, audience.file_id)
            return AudienceSize(
                source=audience.source, recipient_count=None, file_size=file_size, warnings=[]
            )
        case EarlierSend():
            group = drafts.group_size(cursor, channel, audience.id, audience.who)
            return AudienceSize(
                source=audience.source,
                recipient_count=group.recipients,
                file_size=None,
                warnings=earlier.warnings(group),
            )
    reached = drafts.audience_size(cursor, channel, campaign_id)
    return AudienceSize(source=audience.source, recipient_count=reached, file_size=None, warnings=[])

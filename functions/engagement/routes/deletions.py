"""The public page of a request, made through a platform, to forget a person."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from ddp import db, edge
from ddp.queries.engagement import figures
from functions.engagement import models

router = edge.router()


@router.get("/social-deletions/<code>", tags=["Social engagement"], operation_id="getSocialDeletion")
def get_deletion(
    code: Annotated[str, Path(description="The confirmation code.", min_length=16, max_length=64)],
) -> models.Deletion:
    """Get what became of a request to forget a person. Needs no account: the code is the permission."""
    with db.transaction() as cursor:
        return models.Deletion(**figures.deletion(cursor, code))

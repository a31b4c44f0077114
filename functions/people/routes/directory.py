"""The route of the directory: find brands or retailers by name."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, pagination
from ddp.queries.people import directory
from functions.people import models

router = edge.router()

NameQuery = Annotated[str | None, Query(description="The beginning of any word of the name.", max_length=100)]


@router.get("/directory", tags=["Directory"], operation_id="searchDirectory")
def search(
    type: Annotated[  # noqa: A002 - the name of the parameter in the URL
        models.AccountType | None, Query(description="Only accounts of this type.")
    ] = None,
    q: NameQuery = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Directory:
    """List active accounts by name: retailers find brands, brands find retailers, admins find all."""
    after = cursors.decode_id(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = directory.search(
            transaction, query=q, account_type=type, after=after, limit=limit
        )
    return models.Directory.model_validate({"items": rows, "next_cursor": next_cursor})

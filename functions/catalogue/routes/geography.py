"""Routes for places: list and read, and for administrators add, change, delete."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.catalogue import geography
from functions.catalogue.models import reference as models

router = edge.router()


@router.get("/geography", tags=["Reference data"], operation_id="listPlaces")
def list_places(
    country_code: Annotated[
        str | None, Query(description="Only this country, as two letters.", pattern="^[A-Z]{2}$")
    ] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.Places:
    """List places, by country, region and city."""
    with edge.as_caller(router) as transaction:
        rows, next_cursor = geography.page(transaction, country_code, after=cursor, limit=limit)
    return models.Places.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/geography", tags=["Reference data"], operation_id="createPlace", status_code=201)
def create_place(
    body: models.PlaceRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Place]:
    """Add a place.

    Only for admins.
    """
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.Place(**geography.create(cursor, values))
    )


@router.get("/geography/<geography_id>", tags=["Reference data"], operation_id="getPlace")
def get_place(geography_id: UUID) -> models.Place:
    """Get a place."""
    with edge.as_caller(router) as cursor:
        return models.Place(**geography.get(cursor, geography_id))


@router.patch("/geography/<geography_id>", tags=["Reference data"], operation_id="updatePlace")
def update_place(geography_id: UUID, body: models.PlaceChange) -> models.Place:
    """Change the given fields of a place.

    Only for admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.Place(**geography.update(cursor, geography_id, change))


@router.delete("/geography/<geography_id>", tags=["Reference data"], operation_id="deletePlace")
def delete_place(geography_id: UUID) -> models.Place:
    """Delete a place.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Place(**geography.delete(cursor, geography_id))

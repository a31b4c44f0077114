"""Routes for devices: list and read, and for administrators add, change, delete."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import cursors, edge, idempotency, pagination
from ddp.queries.catalogue import devices
from functions.catalogue.models import reference as models

router = edge.router()


@router.get("/devices", tags=["Reference data"], operation_id="listDevices")
def list_devices(
    device_type: Annotated[str | None, Query(description="Only this type.", max_length=50)] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Devices:
    """List kinds of devices, newest first."""
    after = cursors.decode(cursor) if cursor else None
    with edge.as_caller(router) as transaction:
        rows, next_cursor = devices.page(transaction, device_type, after=after, limit=limit)
    return models.Devices.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/devices", tags=["Reference data"], operation_id="createDevice", status_code=201)
def create_device(
    body: models.DeviceRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Device]:
    """Add a device.

    Only for admins.
    """
    values = body.model_dump(mode="json")
    return idempotency.once(
        router, idempotency_key, lambda cursor: models.Device(**devices.create(cursor, values))
    )


@router.get("/devices/<device_id>", tags=["Reference data"], operation_id="getDevice")
def get_device(device_id: UUID) -> models.Device:
    """Get a device."""
    with edge.as_caller(router) as cursor:
        return models.Device(**devices.get(cursor, device_id))


@router.patch("/devices/<device_id>", tags=["Reference data"], operation_id="updateDevice")
def update_device(device_id: UUID, body: models.DeviceChange) -> models.Device:
    """Change the given fields of a device.

    Only for admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.Device(**devices.update(cursor, device_id, change))


@router.delete("/devices/<device_id>", tags=["Reference data"], operation_id="deleteDevice")
def delete_device(device_id: UUID) -> models.Device:
    """Delete a device.

    Only for admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Device(**devices.delete(cursor, device_id))

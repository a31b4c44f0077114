"""Routes for what SMS come from: accounts see what they may use, administrators assign and share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, pagination
from ddp.errors import Conflict, Permanent, Transient, Unavailable
from ddp.providers.sms import account
from ddp.queries.sms import identities
from functions.sms.registers import identities as models
from functions.sms.registers.fields import IdentityKind, MessageType

router = edge.router()


@router.get("/origination-identities", tags=["SMS settings"], operation_id="listOriginationIdentities")
def list_identities(
    country: Annotated[
        str | None,
        Query(description="Only for numbers of this country, as two letters.", pattern="^[A-Z]{2}$"),
    ] = None,
    kind: Annotated[IdentityKind | None, Query(description="Only of this kind.")] = None,
    message_type: Annotated[MessageType | None, Query(description="Only for this type of message.")] = None,
    status: Annotated[models.OriginStatus | None, Query(description="Only with this status.")] = None,
    limit: pagination.Limit = 50,
    cursor: pagination.LongPageCursor = None,
) -> models.OriginationIdentities:
    """List the numbers, short codes and sender IDs that the caller may use, by country.

    Admins see all.
    """
    filters = {"country": country, "kind": kind, "message_type": message_type, "status": status}
    with edge.as_caller(router) as transaction:
        rows, next_cursor = identities.page(transaction, filters, after=cursor, limit=limit)
    return models.OriginationIdentities.model_validate({"items": rows, "next_cursor": next_cursor})


@router.post("/origination-identities/sync", tags=["SMS settings"], operation_id="syncOriginationIdentities")
def sync() -> models.Synced:
    """Take over what the provider's account has; takes some seconds.

    Nobody may use what is new until it is assigned or shared. Only for admins.
    """
    with edge.as_caller(router) as cursor:
        identities.require_admin(cursor)
    # The whole list comes first: what only a part of it lacks must not be taken for gone.
    try:
        found = [asdict(identity) for identity in account.identities()]
    except Transient:
        raise Unavailable(
            "The provider of SMS did not answer: try again in a minute.", code="provider-unavailable"
        ) from None
    except Permanent as error:
        raise Conflict(
            f"The provider of SMS refused to list the account's identities: {error}", code="provider-refused"
        ) from error
    with edge.as_caller(router) as cursor:
        return models.Synced(**identities.sync(cursor, found))


@router.get(
    "/origination-identities/<origination_identity_id>",
    tags=["SMS settings"],
    operation_id="getOriginationIdentity",
)
def get_identity(origination_identity_id: UUID) -> models.OriginationIdentity:
    """Get a number, short code or sender ID that the caller may use."""
    with edge.as_caller(router) as cursor:
        return models.OriginationIdentity(**identities.get(cursor, origination_identity_id))


@router.patch(
    "/origination-identities/<origination_identity_id>",
    tags=["SMS settings"],
    operation_id="updateOriginationIdentity",
)
def update_identity(
    origination_identity_id: UUID, body: models.OriginationIdentityChange
) -> models.OriginationIdentity:
    """Assign an identity to one account, share it with all, or change what administrators know about it.

    Only for admins.
    """
    change = body.model_dump(mode="json", exclude_unset=True)
    with edge.as_caller(router) as cursor:
        return models.OriginationIdentity(**identities.assign(cursor, origination_identity_id, change))

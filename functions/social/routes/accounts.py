"""Routes for accounts of platforms: list, read, change, connect again, disconnect."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.listing import Asked
from ddp.queries.social import accounts
from functions.social.access import facts, revoking
from functions.social.models import accounts as models
from functions.social.models.connections import NewSocialConnection, SocialReconnectRequest
from functions.social.routes import connections

router = edge.router()


@router.get("/social-accounts", tags=["Social accounts"], operation_id="listSocialAccounts")
def list_accounts(
    platform: Annotated[models.SocialPlatformName | None, Query(description="Only of this platform.")] = None,
    status: Annotated[models.SocialAccountStatus | None, Query(description="Only with this status.")] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.SocialAccounts:
    """List the caller's accounts of platforms, newest first.

    Admins see all.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = accounts.page(transaction, asked, platform=platform, status=status)
    return models.SocialAccounts.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/social-accounts/<account_id>", tags=["Social accounts"], operation_id="getSocialAccount")
def get_account(account_id: UUID) -> models.SocialAccountDetail:
    """Get an account, and what its platform says about it now.

    The platform is asked for at most eight seconds; the account is shown whatever it does.
    """
    with edge.as_caller(router) as cursor:
        row = accounts.get(cursor, account_id)
        is_asked = row["may_ask"] and row["status"] == "active"
        credentials = accounts.credentials(cursor, account_id) if is_asked else None
    said = facts.of(row, credentials)
    return models.SocialAccountDetail.model_validate(
        {**row, "facts": said.facts, "facts_reason": said.reason}
    )


@router.patch("/social-accounts/<account_id>", tags=["Social accounts"], operation_id="updateSocialAccount")
def update_account(account_id: UUID, body: models.SocialAccountChange) -> models.SocialAccount:
    """Change the name or the time zone of an account."""
    with edge.as_caller(router) as cursor:
        accounts.change(cursor, account_id, body.model_dump(exclude_unset=True))
        return models.SocialAccount.model_validate(accounts.get(cursor, account_id))


@router.post(
    "/social-accounts/<account_id>/reconnect",
    tags=["Social accounts"],
    operation_id="reconnectSocialAccount",
    status_code=201,
)
def reconnect(
    account_id: UUID, body: SocialReconnectRequest, idempotency_key: idempotency.Key = None
) -> Response[NewSocialConnection]:
    """Begin to connect an account again: open `authorise_url` in the person's browser.

    Once the person is back, it is connected, and its posts go on. A login that has another account is refused: the
    connection's `reason` says so. Only for owners.
    """
    with edge.as_caller(router) as cursor:
        platform = accounts.get(cursor, account_id)["platform"]
    return connections.begin(router, idempotency_key, platform, body.return_url, account_id)


@router.delete(
    "/social-accounts/<account_id>", tags=["Social accounts"], operation_id="disconnectSocialAccount"
)
def disconnect(
    account_id: UUID,
    posts: Annotated[
        Literal["cancel", "hold"],
        Query(
            description="What becomes of scheduled posts: `cancel`; or `hold`: they wait until it is connected again,"
            " or their time is over."
        ),
    ],
) -> models.DisconnectedSocialAccount:
    """Disconnect an account: its tokens are forgotten here, and taken back by the platform if it does that.

    What is out stays out. Only for owners.
    """
    with edge.as_caller(router) as cursor:
        credentials = accounts.credentials(cursor, account_id)
        is_shared = accounts.is_shared(cursor, account_id)
        accounts.disconnect(cursor, account_id, posts=posts)
    # Only now: whoever may not disconnect it may not revoke its tokens either.
    note = revoking.revoke(credentials, is_shared=is_shared)
    return models.DisconnectedSocialAccount(
        account_id=account_id, status="disconnected", is_revoked=note is None, note=note
    )

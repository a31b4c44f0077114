"""Routes for connecting accounts of platforms: a person consents on the platform, then chooses accounts here."""

from __future__ import annotations

from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency
from ddp.errors import Conflict
from ddp.queries.social import accounts, connections
from functions.social.access import choices, connecting, consent, outcomes, return_urls
from functions.social.models import connections as models
from functions.social.models.accounts import SocialAccount

router = edge.router()


@router.post(
    "/social-connections",
    tags=["Social accounts"],
    operation_id="connectSocialAccount",
    status_code=201,
)
def connect(
    body: models.SocialConnectionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.NewSocialConnection]:
    """Begin to connect accounts of a platform: open `authorise_url` in the person's browser.

    The person comes back to `return_url` with `connection_id` and `status`; then the accounts are chosen. Refused (409,
    `platform-off`) while the platform is not set up. Only for owners.
    """
    return begin(router, idempotency_key, body.platform, body.return_url)


@router.get(
    "/social-connections/<connection_id>",
    tags=["Social accounts"],
    operation_id="getSocialConnection",
)
def get_connection(connection_id: UUID) -> models.SocialConnection:
    """Get a connection: how far it is, and the accounts to choose from, with what each lacks.

    Only for owners of the account that began it.
    """
    with edge.as_caller(router) as cursor:
        return _shown(connections.get(cursor, connection_id))


@router.post(
    "/social-connections/<connection_id>/accounts",
    tags=["Social accounts"],
    operation_id="chooseSocialAccounts",
    status_code=201,
)
def choose(
    connection_id: UUID, body: models.SocialChoiceRequest, idempotency_key: idempotency.Key = None
) -> Response[models.ConnectedSocialAccounts]:
    """Connect the chosen accounts, once for each connection. Those that were connected before go on with new tokens.

    Refused (409) unless the connection's status is `ready`, and for an account that lacks something. Only for owners.
    """
    return idempotency.once(
        router, idempotency_key, lambda cursor: _connected(cursor, connection_id, body.external_account_ids)
    )


def begin(
    app: edge.App, key: str | None, platform: str, return_url: str, account_id: UUID | None = None
) -> Response[models.NewSocialConnection]:
    """Open a connection. `account_id`: the account to connect again."""
    return_urls.require(return_url)
    asked = consent.ask(platform)

    def work(cursor: Cursor[DictRow]) -> models.NewSocialConnection:
        expires_at = connections.open_connection(
            cursor,
            connection_id=asked.connection_id,
            platform=platform,
            state_hash=asked.state_hash,
            verifier_encrypted=asked.verifier_encrypted,
            return_url=return_url,
            account_id=account_id,
        )
        return models.NewSocialConnection(
            connection_id=asked.connection_id, authorise_url=asked.url, expires_at=expires_at
        )

    # The address has the state, of which only the hash is stored.
    return idempotency.once(app, key, work, secret=("authorise_url",))


def _connected(
    cursor: Cursor[DictRow], connection_id: UUID, external_account_ids: list[str]
) -> models.ConnectedSocialAccounts:
    """The platform is asked in the transaction, for seconds: the connection stays locked, so that it is used once."""
    connection = connections.get(cursor, connection_id)
    _require_ready(connection)
    wanted = choices.chosen(connection.choices, external_account_ids)
    grant = connecting.granted(connection, wanted)
    ids = connecting.connect(cursor, connection.platform, wanted, grant)
    connecting.end(cursor, connection_id, connection.choices, ids)
    rows = accounts.these(cursor, list(ids.values()))
    return models.ConnectedSocialAccounts(accounts=[SocialAccount.model_validate(row) for row in rows])


def _require_ready(connection: connections.Connection) -> None:
    status = outcomes.status_of(connection)
    if status == "ready":
        return
    sentences = {
        "waiting": "The person has not come back from the platform yet.",
        "connected": "The accounts of this connection were chosen already: open a new one for others.",
    }
    reason = sentences.get(status) or outcomes.reason_of(connection)[1] or "Begin again."
    raise Conflict(reason, code=f"connection-{status}")


def _shown(connection: connections.Connection) -> models.SocialConnection:
    error_code, reason = outcomes.reason_of(connection)
    return models.SocialConnection.model_validate(
        {
            "connection_id": connection.connection_id,
            "platform": connection.platform,
            "account_id": connection.account_id,
            "status": outcomes.status_of(connection),
            "expires_at": connection.expires_at,
            "granted_scopes": connection.granted_scopes,
            "choices": connection.choices,
            "error_code": error_code,
            "reason": reason,
        }
    )

"""What social publishing needs on this machine: the applications' secrets, and accounts whose tokens can be decrypted.

The emulator forgets its keys when it ends, while the database lives on: no token in it could be decrypted, and every
account would have to be connected again. The simulator gives its accounts new tokens without asking anybody.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ddp.providers.social.base import Platform
from ddp.queries import load
from ddp.queries.social import accounts
from ddp.queries.social.accounts import Connected
from infra.local.simulators.platforms.client import PlatformsClient
from infra.local.simulators.platforms.oauth import client_id, client_secret

SQL = load(__file__)

KEY: Final = "alias/ddp-local-social"
# Its functions find their tokens by the time that this stack is deployed.
STACK: Final = "ddp-local-social"
SECRET_NAME: Final = "ddp/local/social/{platform}"  # noqa: S105 (a name)
# What Meta repeats when it asks whether a webhook's address is ours.
VERIFY_TOKEN: Final = "SECRET-verify-token"  # noqa: S105 (the simulator's)
# What ddp/providers/social/stored_tokens.py says if a worker came upon a token of the last run.
LOST: Final = "The stored token can no longer be decrypted."


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPlatform:
    """An account as the simulator has it. `account_id`: ours, for which its tokens are encrypted."""

    account_id: UUID
    platform: str
    external_account_id: str
    account_kind: str
    account_handle: str
    account_name: str | None
    scopes: Sequence[str]


def application_secrets() -> dict[str, str]:
    """The content of each platform's secret, by the secret's name."""
    return {
        SECRET_NAME.format(platform=platform): json.dumps(
            {
                "client_id": client_id(platform),
                "client_secret": client_secret(platform),
                "webhook_verify_token": VERIFY_TOKEN,
            }
        )
        for platform in Platform
    }


def register(simulator: PlatformsClient, api_url: str) -> None:
    """Tell the platforms where this API is: each sends people back there, and nowhere else.

    The application has passed TikTok's audit, as the settings of stage local say.
    """
    simulator.change(
        audited={Platform.TIKTOK: True},
        redirect_uris={platform: [f"{api_url}/oauth/{platform}/callback"] for platform in Platform},
    )


def hook(simulator: PlatformsClient, api_url: str) -> None:
    """Let the platforms tell what happens to posts. Meta asks the address at once: its function must be there."""
    webhooks = f"{api_url}/webhooks"
    for platform in (Platform.FACEBOOK, Platform.INSTAGRAM):
        simulator.hook(
            platform,
            f"{webhooks}/meta",
            verify_token=VERIFY_TOKEN,
            deauthorise_url=f"{webhooks}/meta/deauthorise",
            deletion_url=f"{webhooks}/meta/deletion",
        )
    simulator.hook(Platform.TIKTOK, f"{webhooks}/tiktok")


def connect_again(database_url: str, simulator: PlatformsClient, kms: Any) -> int:
    """Give every account that posts go out to a token under the new key. Returns how many there are.

    An account that the simulator does not know keeps its token: the next call makes it `reconnect`.
    """
    count = 0
    with psycopg.connect(database_url, row_factory=dict_row) as connection, connection.cursor() as cursor:
        if cursor.execute(SQL.has_accounts).fetchone() == {"found": False}:
            return 0  # the first start: the schema is not applied yet
        cursor.execute("set local role service_role")
        for row in cursor.execute(SQL.accounts, {"lost": LOST}).fetchall():
            user_id = row.pop("user_id")
            try:
                made = connected(simulator, kms, OnPlatform(**row))
            except ValueError:
                continue
            accounts.connect(cursor, row["platform"], [made], user_id=user_id)
            count += 1
    return count


def connected(simulator: PlatformsClient, kms: Any, given: OnPlatform) -> Connected:
    """The account with new tokens, as it is stored. Raises ValueError if the simulator does not know it."""
    tokens = simulator.tokens(given.platform, given.external_account_id, list(given.scopes))
    return Connected(
        account_id=given.account_id,
        external_account_id=given.external_account_id,
        account_kind=given.account_kind,
        account_handle=given.account_handle,
        account_name=given.account_name,
        access_token_encrypted=_encrypted(kms, tokens["access_token"], given.account_id, "access"),
        access_expires_at=_time(tokens["access_expires_at"]),
        refresh_token_encrypted=_encrypted(kms, tokens["refresh_token"], given.account_id, "refresh")
        if tokens["refresh_token"]
        else None,
        refresh_expires_at=_time(tokens["refresh_expires_at"]),
        scopes=given.scopes,
    )


def _encrypted(kms: Any, token: str, account_id: UUID, purpose: str) -> str:
    """As ddp.providers.kms stores it, which knows only the key of its own function."""
    answer = kms.encrypt(
        KeyId=KEY,
        Plaintext=token.encode(),
        EncryptionContext={"owner": str(account_id), "purpose": purpose},
    )
    return b64encode(answer["CiphertextBlob"]).decode()


def _time(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None

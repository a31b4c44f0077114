"""The platform under fire: a local stack of its own, and the clients of everything in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from psycopg.rows import DictRow, dict_row

from infra.cli.api_client import Client
from infra.local import control
from infra.local.aws.emulator import Emulator
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import LocalUser
from infra.local.postgres.database import connection_urls
from infra.local.simulators.mailbox.client import MailboxClient
from infra.local.simulators.phone.client import PhoneClient
from infra.local.simulators.platforms.client import PlatformsClient
from infra.local.state import StateDirectory

# Parts are killed on purpose: the supervisor never gives one up.
RESTARTS = 1_000_000
# A connection to a server that was killed must not be waited for.
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A running stack. Addresses stay the same when parts start again."""

    directory: StateDirectory
    urls: dict[str, str]
    database_url: str  # for the superuser
    mailbox: MailboxClient
    phones: PhoneClient
    platforms: PlatformsClient
    sqs: Any

    @classmethod
    def start(cls, directory: StateDirectory, assembly: Path, say: Callable[[str], None]) -> Platform:
        """Start a stack with no data. Raises LocalError."""
        control.down(directory, delete_data=True)
        urls = control.up(directory, assembly, say, restarts=RESTARTS).urls
        port = urllib3.util.parse_url(urls["AWS endpoint"]).port or 0
        emulator = Emulator(directory=directory.emulator, log=directory.log("emulator"), port=port)
        return cls(
            directory=directory,
            urls=urls,
            database_url=connection_urls(directory)["migrator"],
            mailbox=MailboxClient(url=urls["Mailbox"]),
            phones=PhoneClient(url=urls["Phones"]),
            platforms=PlatformsClient(url=urls["Platforms"]),
            sqs=emulator.client("sqs"),
        )

    def client(self, user: LocalUser) -> Client:
        """The API as a user calls it."""
        issuer = Issuer.load(self.urls["Token issuer"], self.directory.issuer_key)
        return Client(api_url=self.urls["API"], token=issuer.token(user))

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A superuser's connection with autocommit. Raises psycopg.OperationalError while the server is away."""
        connection = psycopg.connect(
            self.database_url, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_SECONDS
        )
        with connection:
            yield connection

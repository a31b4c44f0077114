"""Recognises a pooler in transaction mode, which looks like a session.

Behind one, every transaction may run on another connection to the server. The lock that keeps a second applier out, SET
ROLE and the limits would then apply to the client that gets that connection next, and not to the migrator.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import psycopg

Connection = psycopg.Connection[Any]

# How many more connections to compare. One suffices for a pooler that hands out the connection used last (as PgBouncer
# does), two also for one that takes turns.
_OTHERS: Final = 2
# How often to ask the first one again meanwhile: a busy pool hands out connections by chance.
_ROUNDS: Final = 10
# A pooler without a connection for a second client while the first is idle has reserved one for the first.
_PATIENCE_SECONDS: Final = 5.0


def shares_connections(connection: Connection, connect: Callable[[], Connection]) -> bool:
    """Whether transactions of `connection` (in autocommit) run on connections that others use in between.

    `connect` opens another one like it. Nothing is set or locked meanwhile. One query recognises a server that is
    reached directly: libpq knows the process that answers, while a pooler invents a number.
    """
    own = _backend(connection)
    if own == connection.info.backend_pid:
        return False
    with ExitStack() as others:
        for _ in range(_OTHERS):
            try:
                other = others.enter_context(_transaction(connect))
            except psycopg.OperationalError:
                return False
            if own == other or _moves(connection, own):
                return True
    return _moves(connection, own)


def _moves(connection: Connection, own: int) -> bool:
    return any(_backend(connection) != own for _ in range(_ROUNDS))


@contextmanager
def _transaction(connect: Callable[[], Connection]) -> Iterator[int]:
    """The server's process of a transaction on another connection, which stays open in the block."""
    with connect() as connection:
        timer = threading.Timer(_PATIENCE_SECONDS, _hang_up, (connection,))
        timer.start()
        try:
            connection.execute("begin read only")
            pid = _backend(connection)
        finally:
            timer.cancel()
        yield pid


def _backend(connection: Connection) -> int:
    row = connection.execute("select pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _hang_up(connection: Connection) -> None:
    """Shut the socket down, from another thread, so that a pending query fails."""
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)

"""Access to the running stack's API as one of the local users."""

from __future__ import annotations

from infra.cli.typed import typed
from infra.local import control
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.processes import LocalError
from infra.local.state import StateDirectory


def access(directory: StateDirectory, user: str) -> tuple[str, str]:
    """The API's URL and an access token of a user (a key of USERS). Raises LocalError unless the stack is ready."""
    status = control.status(directory)
    if not status.is_ready:
        raise LocalError(f"The local stack is not running. To start it: {typed('local', 'up')}")
    issuer = Issuer.load(status.urls["Token issuer"], directory.issuer_key)
    return status.urls["API"], issuer.token(USERS[user])

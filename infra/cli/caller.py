"""Who calls the API in a command, and what such a command prints when it fails: the same for all of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

import urllib3
from rich.console import Console

from infra.cli.api_client import ApiError, Client

DONE, FAILED, WRONG_CALL = 0, 1, 2

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class WrongCall(Exception):
    """The arguments are incomplete or contradict each other."""


def add_caller(parser: argparse.ArgumentParser, user: str = "brand") -> None:
    """Add the options that name the API and the user; `user` is the local one if none is named."""
    parser.add_argument("--api-url", metavar="URL", help="default: DDP_API_URL, or the local stack")
    parser.add_argument("--token", help="access token; default: DDP_TOKEN, or one for the local user")
    parser.add_argument("--user", default=user, help=f"user of the local stack; default: {user}")


def client_of(arguments: argparse.Namespace) -> Client:
    """A client for the API and the user that the arguments name. Raises WrongCall, ApiError."""
    url = arguments.api_url or os.environ.get("DDP_API_URL")
    token = arguments.token or os.environ.get("DDP_TOKEN")
    if url and not token:
        raise WrongCall("a token is missing; give --token, or set DDP_TOKEN.")
    if url:
        return Client(api_url=url.rstrip("/"), token=token)
    return _local_client(arguments.user, token)


def _local_client(user: str, token: str | None) -> Client:
    # Imported here because a call to a deployed stage needs nothing of the local runtime.
    from infra.local.identity.access import access
    from infra.local.identity.users import USERS
    from infra.local.processes import LocalError
    from infra.local.state import StateDirectory

    if user not in USERS:
        raise WrongCall(f"there is no local user {user}; choose from {', '.join(USERS)}.")
    try:
        api_url, own_token = access(StateDirectory(), user)
    except LocalError as error:
        raise ApiError(f"{error}\nOr name another API with --api-url.") from error
    return Client(api_url=api_url, token=token or own_token)


def guarded(
    command: str,
    run: Callable[[argparse.Namespace], int],
    arguments: argparse.Namespace,
    *,
    stopped: str = "Stopped.",
) -> int:
    """Print one sentence instead of a traceback for errors that the user can correct; returns the exit status."""
    try:
        return run(arguments)
    except WrongCall as error:
        return _say(command, str(error), WRONG_CALL)
    except ApiError as error:
        return _say(command, str(error), FAILED)
    except urllib3.exceptions.HTTPError as error:
        return _say(command, f"the API does not answer: {error}", FAILED)
    except KeyboardInterrupt:
        errors.print(stopped)
        return 130


def _say(command: str, sentence: str, status: int) -> int:
    errors.print(f"ddp {command}: {sentence}", markup=False, soft_wrap=True)
    return status

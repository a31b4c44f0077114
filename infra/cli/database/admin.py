"""`ddp admin create`: make somebody an administrator. The API cannot make the first one: only administrators may."""

from __future__ import annotations

import argparse
from uuid import UUID

from functions.maintenance import commands
from infra.cli.database import deployed
from infra.cli.database.migrate import add_database, guarded, named_url, show


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp admin`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    summary = "make an account an active administrator"
    create = actions.add_parser("create", help=summary, description=summary)
    create.add_argument("email", help="the address that the person signed up with")
    create.add_argument(
        "--user-id",
        type=_user_id,
        metavar="UUID",
        help="add an account for somebody who has not signed up: the claim `sub` of their tokens",
    )
    add_database(create)
    create.set_defaults(run=guarded(_create, "ddp admin"))


def _user_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be a UUID such as 5f3b2c1a-0000-4000-8000-000000000000"
        ) from None


def _create(arguments: argparse.Namespace) -> int:
    email, user_id = arguments.email, arguments.user_id
    if arguments.stage:
        given = {"user_id": str(user_id)} if user_id else {}
        return show(deployed.ask(arguments.stage, "create-administrator", email=email, **given))
    return show(commands.create_administrator(named_url(arguments), email, user_id))

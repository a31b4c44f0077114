"""The HTTP API of people: the caller and notices, the directory, members of an account, administration of accounts."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from functions.people.routes import directory, invitations, me, members, notices, sessions, users

app = edge.resolver()
for routes in (me, sessions, directory, members, invitations, users, notices):
    app.include_router(routes.router)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)

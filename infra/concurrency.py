"""How many of each function run at once, and how many database connections that makes: all in one table.

A function that is not in the table (the authorizer, smoke, social-media, uploads-hosted, engagement-webhook) connects
to no database, and only the account limits it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What starts a function; it decides how many connections the function may hold."""

    HTTP = "http"  # limited by reserved concurrency
    WORKER = "worker"  # limited by its queue's maximum concurrency
    SCHEDULE = "schedule"  # a worker that closes its connection after each invocation
    DEPLOY = "deploy"  # started by CloudFormation; closes its connections too


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many of a function run at once at most."""

    kind: Kind
    concurrency: int

    @property
    def connections(self) -> int:
        """Database connections that the function may hold at worst.

        Idle environments keep theirs until Lambda ends them: an HTTP function counts a quarter more. During a deploy
        a worker's old and new version run side by side: it counts twice.
        """
        match self.kind:
            case Kind.HTTP:
                return self.concurrency + math.ceil(self.concurrency / 4)
            case Kind.WORKER:
                return 2 * self.concurrency
            case Kind.SCHEDULE | Kind.DEPLOY:
                return self.concurrency

    @property
    def least(self) -> int:
        """The smallest concurrency that AWS accepts."""
        return 2 if self.kind in {Kind.WORKER, Kind.SCHEDULE} else 1


# AWS refuses a reservation that would leave fewer than these to the functions without one.
UNRESERVED = 100


def _limits(**functions: Mapping[str, int]) -> dict[str, Limit]:
    return {
        name: Limit(kind=Kind(kind), concurrency=concurrency)
        for kind, concurrencies in functions.items()
        for name, concurrency in concurrencies.items()
    }


DEFAULTS = _limits(
    http={
        "uploads-http": 5,
        "campaigns-http": 5,
        "people-http": 5,
        "catalogue-http": 5,
        "sending-http": 5,
        "email-http": 5,
        "email-unsubscribe": 5,
        "sms-http": 5,
        "sms-links": 5,
        "social-http": 5,
        "social-callback": 5,
        "engagement-http": 5,
        "analytics-http": 5,
        "analytics-conversions": 5,
        "maintenance-http": 5,
    },
    worker={
        "uploads-object-created": 3,
        "catalogue-import-products": 2,
        "email-plan": 2,
        "email-send": 6,
        "email-events": 3,
        "sms-plan": 2,
        "sms-send": 2,
        "sms-events": 2,
        "sms-inbound": 2,
        "social-publish": 4,
        "engagement-ingest": 2,
        "sending-export": 2,
        "analytics-export": 2,
    },
    schedule={
        "sending-reconcile": 2,
        "sms-opt-outs": 2,
        "social-due": 2,
        "social-reconcile": 2,
        "social-tokens": 2,
        "engagement-poll": 2,
        "uploads-reconcile": 2,
        "catalogue-reconcile": 2,
        "analytics-refresh": 2,
        "maintenance-cleanup": 2,
        "maintenance-reconcile": 2,
    },
    # CloudFormation calls it once, and again if it hears nothing.
    deploy={"migrate": 2},
)


def limits(changed: Mapping[str, int]) -> dict[str, Limit]:
    """The table with a stage's own concurrencies in it. Raises KeyError for a function that is not in the table."""
    own = {name: replace(DEFAULTS[name], concurrency=number) for name, number in changed.items()}
    return DEFAULTS | own


def connections(table: Mapping[str, Limit]) -> int:
    """Database connections that all functions may hold together."""
    return sum(limit.connections for limit in table.values())


def executions(table: Mapping[str, Limit], *, reserved: bool) -> int:
    """Concurrent executions that the account must allow, if all functions run as often as they may.

    `reserved`: HTTP functions have reservations, and AWS keeps UNRESERVED for the functions that have none.
    """
    http = sum(limit.concurrency for limit in table.values() if limit.kind is Kind.HTTP)
    others = sum(limit.concurrency for limit in table.values()) - http
    return http + (max(others, UNRESERVED) if reserved else others)


def report(table: Mapping[str, Limit], *, most: int) -> str:
    """The table for people, the largest holders first, with the sum against `most`."""
    by_size = sorted(table.items(), key=lambda item: (-item[1].connections, item[0]))
    rows = [("function", "kind", "concurrency", "connections")]
    rows += [(name, limit.kind, str(limit.concurrency), str(limit.connections)) for name, limit in by_size]
    rows += [("all", "", "", f"{connections(table)} of {most}")]
    return "\n".join(f"{a:<27}{b:<10}{c:>11}{d:>13}" for a, b, c, d in rows)

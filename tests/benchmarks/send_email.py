"""The send stage in one process with a transport that sends nothing, and rendering with Liquid."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ddp import migrator
from ddp.queries import load
from tests.benchmarks.measure import Row, alternate
from tests.database.servers import DEFAULT, SCHEMA, DatabaseServer

ROUNDS, RECIPIENTS, CHUNK = 6, 10_000, 500
MESSAGES, TEMPLATE_BYTES = 300, 30_000
BUCKET = "email/bench"

SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds per message: the stage without rendering (floor: bare SQL), and rendering."""
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    yield _rendering()
    server = DatabaseServer(DEFAULT)
    try:
        server.start()
        yield _sending(server)
    finally:
        server.stop()


def _sending(server: DatabaseServer) -> Row:
    database = server.create()
    migrator.apply(database.url, SCHEMA)
    server.set_passwords()
    url = server.url(database.name, "ddp_worker")
    with database.connect() as owner:
        owner.execute(SQL.rate, {"bucket": BUCKET})
        plans = [owner.execute(SQL.seed, {"recipients": RECIPIENTS}).fetchone() for _ in range(2 * ROUNDS)]
        owner.execute("vacuum analyze public.email_sends")
        raw, stage = alternate([_by_hand(url, plans[::2]), _stage(url, plans[1::2], owner)], rounds=ROUNDS)
        unsent = owner.execute("select count(*) from public.email_sends where status <> 'sent'").fetchone()
    # The first round of each connects and warms up.
    measured, floor = min(stage[1:]) / RECIPIENTS, min(raw[1:]) / RECIPIENTS
    return Row(
        what=f"the stage without rendering, per message ({1 / measured:,.0f} per second);"
        f" floor: claim and mark {CHUNK} at a time ({1 / floor:,.0f} per second)",
        measured=measured,
        floor=floor,
        target=2,
        wrong=unsent is None or unsent[0] > 0,
    )


def _by_hand(url: str, plans: list[Any]) -> Callable[[], object]:
    """Two statements per chunk, each its own transaction, with the worker's login and role."""
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None, row_factory=dict_row)
    connection.execute("set role service_role")
    waiting = iter(plans)

    def call() -> None:
        _, email_campaign_id = next(waiting)
        for chunk_no in range(1, RECIPIENTS // CHUNK + 1):
            values = {"email_campaign_id": email_campaign_id, "chunk_no": chunk_no}
            claimed = connection.execute(SQL.claim, values).fetchall()
            ids = [row["email_send_id"] for row in claimed]
            connection.execute(SQL.mark, {"ids": ids, "message_ids": ["m"] * len(ids)})

    return call


def _stage(url: str, plans: list[Any], owner: psycopg.Connection[Any]) -> Callable[[], object]:
    os.environ["DATABASE_URL"] = url
    from ddp.providers.email.base import mailbox
    from functions.sending.dispatch import Dispatcher, Run
    from tests.transports import NullTransport

    message = _message(mailbox("1@example.com"))
    # Rendering is measured separately: here every recipient gets the same message.
    composer = type("Composer", (), {"compose": lambda *_: message})()
    dispatcher = Dispatcher(
        bucket=BUCKET, queue_url="", transport=NullTransport(), composer_of=lambda _: composer, in_flight=8
    )
    waiting = iter(plans)

    def call() -> None:
        send_plan_id, _ = next(waiting)
        owner.execute(SQL.pause_others, {"send_plan_id": send_plan_id})
        accepted = Run(dispatcher, deadline=time.monotonic() + 600).send_all()
        if accepted != RECIPIENTS:
            raise RuntimeError(f"{accepted} messages instead of {RECIPIENTS}")

    return call


def _message(recipient: Any) -> Any:
    from ddp.providers.email.base import Message

    return Message(sender=recipient, recipient=recipient, subject="s", html="h", text="t", tags={})


def _rendering() -> Row:
    """A template of 30 KB with 20 products of five variables each; styles are inlined once."""
    from ddp.rendering import Renderer, prepare

    cell = "<tr><td class=n>{{ p.name }}</td><td>{{ p.text | truncate: 40 }}</td><td>{{ p.price | round: 2 }}</td></tr>"
    filler = "".join(f"<p class=n>Hello {{{{ name }}}}, {'words ' * 40}{n}</p>" for n in range(100))
    html = (
        "<html><head><style>.n{color:#333} td{padding:4px}</style></head><body>"
        f"<table>{{% for p in products %}}{cell}{{% endfor %}}</table>{filler}</body></html>"
    )
    prepared = prepare(html, None)
    renderer = Renderer("Hello {{ name }}", prepared)
    variables = {
        "name": "Zoë & Co",
        "products": [{"name": f"P<{n}>", "text": "word " * 20, "price": n / 3} for n in range(20)],
        "unsubscribe_url": "https://ddp.example.com/unsubscribe/" + "a" * 108,
    }
    start = time.perf_counter()
    for _ in range(MESSAGES):
        rendered = renderer.render(variables)
    seconds = (time.perf_counter() - start) / MESSAGES
    return Row(
        what=f"render a message of {len(rendered.html) / 1000:,.0f} KB and its text ({1 / seconds:,.0f} per second)"
        f" from a template of {len(prepared.html) / 1000:,.0f} KB",
        measured=seconds,
        wrong=len(prepared.html) < TEMPLATE_BYTES * 0.9,
    )

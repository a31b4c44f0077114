"""The send stage of e-mail with a transport that sends nothing, in one process and in four; rendering with Liquid."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ddp.channels import EMAIL
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending

MESSAGES, TEMPLATE_BYTES = 300, 30_000


def rows() -> Iterator[Row]:
    """Seconds per message: rendering, and the stage without it (floor: bare SQL)."""
    yield _rendering()
    yield from sending.rows(EMAIL)


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

"""E-mail content: Liquid templates, checked, prepared once per version, and rendered once per recipient.

    check(text)                         where a template comes in: raises Invalid, naming line and problem
    prepared = prepare(html, text)      once: inlines CSS, makes the text alternative, measures the size
    Renderer(subject, prepared).render(variables) -> Rendered

Templates are strangers' programs. They can read the variables and nothing else: no files, no includes, no network.
Steps, sizes of values and output, and nesting are limited, and each limit has an error of its own.
"""

from __future__ import annotations

from ddp.rendering.engine import check
from ddp.rendering.limits import OUTPUT_LIMIT, SOURCE_LIMIT
from ddp.rendering.preparation import Prepared, prepare
from ddp.rendering.renderer import Rendered, Renderer

__all__ = ["OUTPUT_LIMIT", "SOURCE_LIMIT", "Prepared", "Rendered", "Renderer", "check", "prepare"]

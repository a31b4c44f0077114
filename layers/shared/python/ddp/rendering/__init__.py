"""E-mail content: Liquid templates, checked, prepared once per version, and rendered once per recipient.

    check(source)                       at every edge: raises Invalid, naming line and problem
    prepared = prepare(html, text)      once: CSS inlined, text alternative made, size measured
    Renderer(subject, prepared).render(variables) -> Rendered

Templates are strangers' programs. They reach the variables and nothing else: no files, no includes, no network;
and each bound (steps, sizes of values and output, nesting) has its error.
"""

from __future__ import annotations

from ddp.rendering.engine import check
from ddp.rendering.limits import OUTPUT_LIMIT, SOURCE_LIMIT
from ddp.rendering.preparation import Prepared, prepare
from ddp.rendering.renderer import Rendered, Renderer

__all__ = ["OUTPUT_LIMIT", "SOURCE_LIMIT", "Prepared", "Rendered", "Renderer", "check", "prepare"]

"""E-mail content: Liquid templates, checked, prepared once per version, and rendered once per recipient.

    check(text)                         where a template comes in: raises Invalid, naming line and problem
    prepared = prepare(html, text)      once: inlines CSS, makes the text alternative, measures the size
    Renderer(subject, prepared).render(variables) -> Rendered
    preview(subject, html, text, data)  all of it, for the person who writes the template
    variables_of(data, sender, slots)   the variables of a message, in every channel

Templates are strangers' programs. They can read the variables and nothing else: no files, no includes, no network.
Steps, processor time, sizes of values and output, and nesting are limited. Two errors come of that:

    Invalid     this template is none, or this message cannot be made from this data (code `template-invalid`, …)
    TooSlow     making the message takes too long (code `template-too-slow`): others with this content would too
"""

from __future__ import annotations

from ddp.rendering.language.engine import TooSlow, check
from ddp.rendering.language.limits import OUTPUT_LIMIT, SOURCE_LIMIT
from ddp.rendering.preparation import Prepared, prepare
from ddp.rendering.previews import preview
from ddp.rendering.renderer import Rendered, Renderer
from ddp.rendering.variables import variables_of

__all__ = [
    "OUTPUT_LIMIT",
    "SOURCE_LIMIT",
    "Prepared",
    "Rendered",
    "Renderer",
    "TooSlow",
    "check",
    "prepare",
    "preview",
    "variables_of",
]

"""Renders one recipient's message from a prepared template: subject, HTML and text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ddp.errors import Invalid
from ddp.rendering import footer
from ddp.rendering.language.engine import Template
from ddp.rendering.language.limits import ITEMS, VALUE_LIMIT, LimitReached
from ddp.rendering.language.meter import Meter
from ddp.rendering.language.values import measure
from ddp.rendering.preparation import Parsed, Prepared

# Characters. RFC 5322 allows lines of 998; mail programs show far fewer.
SUBJECT_LIMIT = 500

# Control characters, which no mail may contain; tab and line breaks are allowed.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# White space in a subject, with Unicode's line breaks: each run becomes one space.
_BREAKS = re.compile(r"[\s\u0085\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The content of one message. `undefined`: variables that the template uses but nobody gave; they are empty."""

    subject: str
    html: str
    text: str
    undefined: frozenset[str] = field(default=frozenset())


class Renderer:
    """A parsed template version. Make it once per plan, and render each recipient's message with it."""

    def __init__(
        self, subject: str, prepared: Prepared, *, parsed: Parsed | None = None, postal_address: str = ""
    ) -> None:
        """`parsed`: the parts of `prepared`, where they are parsed already.

        `postal_address`: the sender's, which both bodies show; empty: none. Raises Invalid where subject, HTML or text
        is not a template; `part` of its extra says which.
        """
        self._subject = Template(subject, part="subject")
        self._html = parsed.html if parsed else Template(prepared.html, part="html")
        self._text = parsed.text if parsed else Template(prepared.text, part="text")
        self._postal_address = postal_address

    def render(self, variables: Mapping[str, object], *, meter: Meter | None = None) -> Rendered:
        """The message for these variables, which are plain JSON values. Raises Invalid, naming part and line.

        Raises TooSlow, which is Invalid too, once the three parts together have taken what one message may; `meter`
        sets another limit. Values are escaped in HTML only. Both bodies have the sender's postal address, and that link
        where the variables have an `unsubscribe_url`: in a footer if the template does not show them.
        """
        meter = meter or Meter()
        refuse_large(variables)
        subject, without_subject = self._subject.render(variables, meter)
        html, without_html = self._html.render(variables, meter)
        text, without_text = self._text.render(variables, meter)
        url = str(variables.get("unsubscribe_url") or "")
        html = footer.address_in_html(_CONTROLS.sub("", html), self._postal_address)
        text = _BLANK_LINES.sub("\n\n", _CONTROLS.sub("", text)).strip() + "\n"
        return Rendered(
            subject=_one_line(subject),
            html=footer.in_html(html, url),
            text=footer.in_text(footer.address_in_text(text, self._postal_address), url),
            undefined=without_subject | without_html | without_text,
        )


def refuse_large(variables: Mapping[str, object]) -> None:
    """Raise Invalid (`data-too-large`) for more data than one message may have."""
    try:
        measure(dict(variables))
    except LimitReached as error:
        raise Invalid(
            f"The recipient's data has more than {VALUE_LIMIT // 1024} K characters, or {ITEMS:,} items and fields.",
            code="data-too-large",
        ) from error


def _one_line(subject: str) -> str:
    """A subject without line breaks, whatever the data: they would end the header early. Raises Invalid."""
    line = _BREAKS.sub(" ", _CONTROLS.sub("", subject)).strip()
    if not line:
        raise Invalid("The subject is empty.", code="subject-empty", extra={"part": "subject"})
    if len(line) > SUBJECT_LIMIT:
        raise Invalid(
            f"The subject is longer than {SUBJECT_LIMIT} characters.",
            code="subject-too-long",
            extra={"part": "subject"},
        )
    return line

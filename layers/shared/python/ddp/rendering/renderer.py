"""One recipient's message: subject, HTML and text out of a prepared template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ddp.errors import Invalid
from ddp.rendering import footer
from ddp.rendering.engine import Template
from ddp.rendering.preparation import Prepared

# Characters. RFC 5322 allows lines of 998; every program cuts a subject long before.
SUBJECT_LIMIT = 500

# What no mail carries: control characters except tab and the ends of lines.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# In a subject these too, and what Unicode calls ends of lines: it is one line.
_BREAKS = re.compile(r"[\s\u0085\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message's content. `undefined`: variables that the template asked for and nobody gave; they are empty."""

    subject: str
    html: str
    text: str
    undefined: frozenset[str] = field(default=frozenset())


class Renderer:
    """A parsed template version: make it once per plan, and render each recipient with it."""

    def __init__(self, subject: str, prepared: Prepared) -> None:
        """Raises Invalid where one of the three is no template; `part` of its extra says which."""
        self._subject = Template(subject, part="subject", autoescape=False)
        self._html = Template(prepared.html, part="html", autoescape=True)
        self._text = Template(prepared.text, part="text", autoescape=False)

    def render(self, variables: Mapping[str, object]) -> Rendered:
        """The message for these variables: plain JSON values. Raises Invalid, naming part and line.

        Values are escaped in HTML and nowhere else. With an `unsubscribe_url` among the variables both bodies
        carry it: where the template does not show it, a footer does.
        """
        subject, without_subject = self._subject.render(variables)
        html, without_html = self._html.render(variables)
        text, without_text = self._text.render(variables)
        url = str(variables.get("unsubscribe_url") or "")
        return Rendered(
            subject=_one_line(subject),
            html=footer.in_html(_CONTROLS.sub("", html), url),
            text=footer.in_text(_BLANK_LINES.sub("\n\n", _CONTROLS.sub("", text)).strip() + "\n", url),
            undefined=without_subject | without_html | without_text,
        )


def _one_line(subject: str) -> str:
    """No line break, whatever the data holds: a header cannot be ended early."""
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

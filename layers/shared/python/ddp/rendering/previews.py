"""A message as a recipient would receive it, for the person who writes its template."""

from __future__ import annotations

from collections.abc import Mapping

from ddp.rendering.language.meter import Meter
from ddp.rendering.preparation import prepare_parsed
from ddp.rendering.renderer import Rendered, Renderer

# What every recipient has, where the data does not say otherwise.
_RECIPIENT = {"email": "recipient@example.com", "name": ""}


def preview(
    subject: str, html: str, text: str | None, data: Mapping[str, object], *, postal_address: str = ""
) -> Rendered:
    """The message for a recipient with this data. Raises Invalid, and TooSlow, which also other data may cause.

    Takes less than a second of processor time, whatever the content.
    """
    prepared, parsed = prepare_parsed(html, text)
    renderer = Renderer(subject, prepared, parsed=parsed, postal_address=postal_address)
    return renderer.render({**_RECIPIENT, **data}, meter=Meter.for_trial())

"""The content of templates: checks it before it is stored, and renders previews with sample data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ddp import placeholder, rendering
from ddp.errors import Conflict, Invalid
from ddp.fields import Json
from ddp.refusals.fields import rule
from functions.campaigns import models

T = TypeVar("T")

_OTHER: TypeAdapter[dict[str, Any]] = TypeAdapter(Json)


def checked(template_type: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a template's content and return it as it is stored.

    Raises Invalid. For e-mail templates the error names the part and the line of the mistake.
    """
    if template_type != "email":
        return _validated(lambda: _OTHER.validate_python(content))
    email = _validated(lambda: models.EmailContent.model_validate(content))
    rendering.check(email.subject, part="subject")
    rendering.check(email.html)
    if email.text:
        rendering.check(email.text, part="text")
    return email.model_dump(exclude_none=True)


def preview(content: models.EmailContent, template_data: Mapping[str, Any]) -> models.TemplatePreview:
    """Render the message for a recipient with this data. Raises Invalid if the template cannot be rendered."""
    rendered = placeholder.preview(content.subject, content.html, content.text, template_data)
    return models.TemplatePreview(
        subject=rendered.subject, html=rendered.html, text=rendered.text, undefined=sorted(rendered.undefined)
    )


def stored(template: Mapping[str, Any]) -> models.EmailContent:
    """The content of a template row. Raises Conflict unless it is an e-mail template."""
    if template["template_type"] != "email":
        raise Conflict("Only e-mail templates have a preview.", code="no-preview")
    return _validated(lambda: models.EmailContent.model_validate(template["template_content"]))


def _validated(validate: Callable[[], T]) -> T:
    try:
        return validate()
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(["template_content", *map(str, first["loc"])])
        raise Invalid(f"{field}: {rule(first)}", code="invalid-content", extra={"field": field}) from None

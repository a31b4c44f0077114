"""The content of templates: checks it before it is stored, and renders previews with sample data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ddp import placeholder, rendering
from ddp.errors import Conflict, Invalid
from ddp.fields import Json
from ddp.images import problems
from ddp.refusals.fields import rule
from functions.campaigns import slot_places
from functions.campaigns import template_models as models

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


def check_slots(template_type: str, content: Mapping[str, Any], slots: Sequence[models.TemplateSlot]) -> None:
    """Check where an e-mail template that has slots shows them. Raises Invalid, naming the slot."""
    if template_type == "email" and slots:
        slot_places.check(content["html"], {slot.name: slot.kind for slot in slots})


def definition(slots: Sequence[models.TemplateSlot]) -> list[dict[str, Any]]:
    """Slots as a template stores them."""
    return [slot.model_dump(exclude_none=True) for slot in slots]


def slot_values(slots: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a template's slots: those given, else its defaults."""
    defaults = {slot["name"]: slot["default"] for slot in slots if slot.get("default") is not None}
    return defaults | {name: value for name, value in given.items() if value is not None}


def preview(
    content: models.EmailContent,
    template_data: Mapping[str, Any],
    sender_profile: Mapping[str, Any],
    slots: Mapping[str, Any],
    states: Callable[[list[str]], Mapping[str, str]],
) -> models.TemplatePreview:
    """Render the message for a recipient with this data. Raises Invalid if the template cannot be rendered.

    `states` gives the states of tokens of hosted images.
    """
    rendered = placeholder.preview(
        content.subject,
        content.html,
        content.text,
        rendering.variables_of(template_data, sender_profile, slots or None),
        postal_address=sender_profile.get("postal_address", ""),
    )
    return models.TemplatePreview(
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        undefined=sorted(rendered.undefined),
        image_problems=problems.find(rendered.html, states),
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

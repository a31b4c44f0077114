"""Requests and responses of templates; their OpenAPI document is generated from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import WHOLE, Account, Change, Flag, Json, Name, Request, Text
from ddp.images.problems import ImageProblem
from ddp.pagination import NextCursor

TemplateType = Literal["email", "sms", "social", "web", "print"]


class EmailContent(Request):
    """The content of an e-mail template: Liquid, with the recipient's data as variables."""

    subject: Annotated[Text, Field(min_length=1, max_length=500)] = Field(examples=["New: {{ model }}"])
    html: Annotated[Text, Field(min_length=1)] = Field(examples=["<p>Dear {{ name }}</p>"])
    text: Text | None = Field(
        None, description="The plain-text alternative. If omitted, it is made from the HTML."
    )


SenderField = Literal["logo_file_id", "store_name", "postal_address", "phone", "website", "opening_hours"]
Requires = Annotated[
    list[SenderField],
    Field(
        max_length=6,
        description="What the sender has to say of itself (`sender` of PATCH /me), because the template shows it as"
        " `{{ sender.phone }}` and so on; `logo_file_id`: as `{{ sender.logo_url }}`. Sending is refused (409) while"
        " something is missing.",
        json_schema_extra={"uniqueItems": True},
    ),
]


class TemplateSlot(Request):
    """What a message made from the template fills in. The template shows it as `{{ slot.headline }}`, by its name."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["headline"])]
    kind: Literal["text", "url", "image", "date"] = Field(
        description="`text`: one line; `url`: an http or https address; `image`: the address of a picture, of social"
        " posts the id of a file, which is attached; `date`: a day, such as 2027-03-01."
    )
    limit: Annotated[int, Field(ge=1, le=2_000), WHOLE] | None = Field(
        None, description="Most characters of a text (200 if omitted) or url (2,000)."
    )
    default: Annotated[Text, Field(max_length=2_000)] | None = Field(
        None, description="What stands there unless the message says otherwise."
    )
    required: Flag = Field(default=False, description="Whether nothing is sent without a value.")


Slots = Annotated[
    list[TemplateSlot], Field(max_length=30, description="What a message made from the template fills in.")
]
IsLocked = Annotated[
    Flag,
    Field(
        description="Whether everything but the slots is locked: a message made from the template then has no content"
        " of its own, and only the template's creator makes versions of it."
    ),
]


class TemplateRequest(Request):
    """A template to create."""

    template_name: Name = Field(examples=["Spring newsletter"])
    template_type: TemplateType
    template_content: dict[str, Any] = Field(
        description="E-mail: `subject`, `html` and `text`, as Liquid. Other types: a free-form JSON object.",
        examples=[{"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}],
    )
    requires: Requires = Field([])
    slots: Slots = Field([])
    is_locked: IsLocked = False


class VersionRequest(Request):
    """The next version of a template. The content of an existing version never changes."""

    template_name: Name | None = Field(None, description="If omitted, the name stays the same.")
    template_content: dict[str, Any] = Field(
        description="As in the first version.",
        examples=[{"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}],
    )
    requires: Requires | None = Field(None, description="If omitted, it stays the same.")
    slots: Slots | None = Field(None, description="If omitted, they stay the same.")
    is_locked: IsLocked | None = Field(None, description="If omitted, it stays the same.")


class TemplateChange(Change):
    """The fields to change. Retailers see only active templates."""

    template_name: Name = ""
    is_active: Flag = True
    requires: Requires = Field([])
    slots: Slots = Field([])
    is_locked: IsLocked = False


class TemplateSummary(BaseModel):
    """One version of a template in a list."""

    template_id: UUID
    template_name: str
    template_type: TemplateType
    created_by_user_id: UUID
    created_by: Account | None = None
    is_active: bool
    is_locked: bool = Field(description="Whether everything but its slots is locked.")
    version: int
    parent_template_id: UUID | None = Field(description="The previous version.")
    created_at: datetime
    updated_at: datetime


class Template(TemplateSummary):
    """One version of a template, with its content."""

    template_content: Any
    requires: list[SenderField]
    slots: list[TemplateSlot]


class Templates(BaseModel):
    """A page of templates, newest first, without their content. Each version is an item of its own."""

    items: list[TemplateSummary]
    next_cursor: NextCursor


class TemplatePreviewRequest(Request):
    """Sample data, as a row of a recipient list or file would provide it."""

    template_data: Json = Field({}, examples=[{"name": "Ann", "model": "Diver"}])
    slots: Json = Field(
        {}, description="Values of slots. Of those that are omitted, the template's defaults are shown."
    )


class ContentPreviewRequest(TemplatePreviewRequest):
    """Content that has not been saved, with sample data."""

    template_content: EmailContent


class TemplatePreview(BaseModel):
    """The message as a recipient with this data would receive it."""

    subject: str
    html: str
    text: str
    undefined: list[str] = Field(
        description="Variables that the template uses but the data does not contain."
    )
    image_problems: list[ImageProblem] = Field([], description="Images that recipients may not see.")

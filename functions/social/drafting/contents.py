"""What each post of a request says: the request, its template, and what is different on a platform or account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Invalid
from ddp.providers.social.base import Problem
from ddp.queries.campaigns import templates
from ddp.queries.people import sender_fields
from ddp.queries.social import posts_checked
from ddp.rendering import variables_of
from ddp.rendering.language.engine import check
from ddp.rendering.language.meter import Meter
from ddp.rendering.renderer import refuse_large
from functions.social.drafting.requests import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    ChangedContent,
    PostContent,
    SocialPostRequest,
)
from functions.social.validation.problems import problem

FIELDS = ("text", "title", "post_type", "media", "options", "first_comment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a post on one account says. `media`: file_id and alt_text of each. `post_type`: None: as the media say.

    `is_composed`: text and title are composed from the template, and nobody's own.
    """

    account_id: UUID
    text: str = ""
    title: str | None = None
    post_type: str | None = None
    media: Sequence[Mapping[str, Any]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    first_comment: str | None = None
    is_composed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FromTemplate:
    """What a template gives, and what to say about it."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    is_locked: bool = False


def of_request(
    body: SocialPostRequest, platforms: Mapping[UUID, str], template: FromTemplate
) -> list[Content]:
    """The content of each post, in the order of the accounts. `platforms`: of the accounts that are known."""
    overrides = {key.lower(): override for key, override in body.overrides.items()}
    given = _given(body)
    contents = []
    for account_id in body.account_ids:
        fields = {**template.fields, **{name: value for name, value in given.items() if value is not None}}
        for key in (platforms.get(account_id, ""), str(account_id)):
            if key in overrides:
                fields |= _given(overrides[key])
        contents.append(_content(account_id, fields, template.is_locked))
    return contents


def of_row(row: DictRow) -> Content:
    """The content of a stored post, as ddp.queries.social.posts_checked.written returns it.

    Of a draft that has its template's text, it is composed from what the template's slots and its owner say now. Raises
    Invalid.
    """
    return _content(row["account_id"], *_said(row))


def changed(row: DictRow, body: ChangedContent) -> Content:
    """The content of a stored post after a change. Other media make it of another plain type."""
    given = {name: value for name, value in _given(body).items() if name in body.model_fields_set}
    said, is_composed = _said(row)
    fields = {**said, **given}
    has_other_media = "media" in given or (is_composed and "slots" in body.model_fields_set)
    if has_other_media and "post_type" not in given and row["post_type"] in _PLAIN:
        fields["post_type"] = None
    return _content(row["account_id"], fields, is_composed)


def _said(row: DictRow) -> tuple[dict[str, Any], bool]:
    """What a stored post says, and whether that is composed anew from its template.

    That is so where the template is locked, and of a kit's draft until its owner writes a text.
    """
    template, fields = row["template"], {**row, "text": row["post_content"]}
    is_open = row["status"] in {"draft", "cancelled"} or "changed" in (template or {})
    is_own = row["post_content"] is not None and not row["is_composed"]
    if template is None or not (template["is_locked"] or row["is_composed"]) or not is_open or is_own:
        return fields, False
    variables = variables_of({}, template["sender"], _texts(template))
    rendered = {
        name: _rendered(name, text, variables)[0] for name, text in _sources(template["content"]).items()
    }
    pictures = _pictures(template) if template["is_locked"] else {}
    return fields | {"text": None, "title": None, **rendered, **pictures}, True


# Types that follow from the media.
_PLAIN = frozenset(["text", "image", "video", "carousel"])


def type_of(content: Content, content_types: Mapping[UUID, str]) -> str:
    """The type of a post, given or as its media say. `content_types`: of the files that are known."""
    if content.post_type is not None:
        return content.post_type
    if not content.media:
        return "link" if content.options.get("link") else "text"
    if len(content.media) > 1:
        return "carousel"
    is_video = content_types.get(content.media[0]["file_id"], "").startswith("video/")
    return "video" if is_video else "image"


def from_template(cursor: Cursor[DictRow], body: SocialPostRequest) -> FromTemplate:
    """What the request's template gives.

    Raises NotFound; Invalid, naming the line, for one that cannot be used, naming the slot for a value that it does not
    take, and for content of the request's own if it is locked; Conflict if the sender lacks what it shows.
    """
    if body.template_id is None:
        if body.slots:
            raise Invalid("slots are those of a template: give template_id.", code="unknown-slot")
        return FromTemplate()
    template = templates.get(cursor, body.template_id)
    if template["template_type"] != "social":
        raise Invalid(
            "This template is not for social posts: choose one of the type social.", code="wrong-template"
        )
    if template["is_locked"]:
        _refuse_own_content(body)
    used = _sources(template["template_content"])
    if "text" not in used and body.text is None:
        raise Invalid("This template has no text: give text.", code="incomplete-template")
    given = posts_checked.slots_given(cursor, body.template_id, body.slots)
    sender = sender_fields.for_template(cursor, body.template_id)
    data = variables_of(body.template_data, sender, _texts(given))
    refuse_large(data)
    rendered: dict[str, Any] = {}
    missing: set[str] = set()
    for name, text in used.items():
        rendered[name], undefined = _rendered(name, text, data)
        missing |= undefined
    return FromTemplate(
        fields=rendered | _pictures(given), problems=_about(missing), is_locked=template["is_locked"]
    )


def _sources(content: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a template, as Liquid."""
    sources = {name: content.get(name) for name in ("text", "title")}
    return {name: text for name, text in sources.items() if isinstance(text, str) and text.strip()}


def _texts(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of slots that texts show: an image is attached. None: the template has no slots and is not locked."""
    if given["values"] is None:
        return None
    images = {slot["name"] for slot in given["slots"] if slot["kind"] == "image"}
    return {name: value for name, value in given["values"].items() if name not in images}


def _pictures(given: Mapping[str, Any]) -> dict[str, Any]:
    """The media that slots give, as the database attaches them."""
    ids = [slot["value"] for slot in given["slots"] if slot["kind"] == "image" and slot["value"]]
    return {"media": [{"file_id": UUID(file_id)} for file_id in ids]} if ids else {}


def _refuse_own_content(body: SocialPostRequest) -> None:
    """Raise Invalid for content of a request's own, where its template is locked. The database refuses it too."""
    said = [body, *body.overrides.values()]
    if body.template_data or any(
        each.text or each.title or each.media or each.first_comment for each in said
    ):
        raise Invalid(
            "This template is locked: fill in its slots, and leave out text, title, media, first_comment and"
            " template_data.",
            code="locked-template",
        )


def _rendered(name: str, text: str, data: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    output, missing = check(text, part=name).render(data, Meter())
    longest = {"text": LONGEST_TEXT, "title": LONGEST_TITLE}[name]
    if len(output) > longest or "\x00" in output:
        raise Invalid(
            f"The {name} of this template has more than {longest:,} characters, or a NUL character, with this data.",
            code="unrenderable",
        )
    return output.strip(), missing


def _about(missing: set[str]) -> list[Problem]:
    if not missing:
        return []
    names = ", ".join(sorted(missing)[:10])
    sentence = f"The template uses {names}, which template_data does not have: they are empty in the text."
    return [problem("template_data", "undefined-variables", sentence, is_warning=True)]


def _given(body: PostContent | ChangedContent) -> dict[str, Any]:
    """The fields that were given, null too."""
    values = {name: getattr(body, name) for name in FIELDS if name in body.model_fields_set}
    if values.get("media") is not None:
        values["media"] = [dict(media) for media in values["media"]]
    return values


def _content(account_id: UUID, fields: Mapping[str, Any], is_composed: bool = False) -> Content:  # noqa: FBT001, FBT002
    return Content(
        account_id=account_id,
        text=fields.get("text") or "",
        title=fields.get("title") or None,
        post_type=fields.get("post_type"),
        media=[dict(media) | {"file_id": UUID(str(media["file_id"]))} for media in fields.get("media") or ()],
        options=fields.get("options") or {},
        first_comment=fields.get("first_comment") or None,
        is_composed=is_composed,
    )

"""The text of an SMS, made from its template: when it is planned, to know what it costs, and when it is sent.

prepared(text)                       once: checks the template, numbers its short links; raises Invalid
Prepared.text_for(...)               the text for one recipient, with placeholders for links; raises Invalid
of_plan(send_plan_id, variant)       the composer of the messages of a plan's variant
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from ddp import db
from ddp.errors import Invalid
from ddp.providers.sms.base import DLT_ENTITY, DLT_TEMPLATE, Message
from ddp.queries.sending.sends import Claimed
from ddp.queries.sms import plans
from ddp.queries.sms.plans import Origin, SmsPlan
from ddp.rendering import variables_of
from ddp.rendering.language.engine import Template, check
from ddp.rendering.language.meter import Meter
from ddp.rendering.renderer import refuse_large
from functions.sms.texts import short_links, text
from functions.sms.texts.text import Size, UnsendableTextError

# Characters of a template, as ddp.check_sms_content says of bytes.
LONGEST_TEMPLATE: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A template that can be rendered. `urls`: where its short links lead, from link 1 on; `links`: their placeholders.

    `is_same_for_all`: nothing in it depends on the recipient, except links and the words for opting out.
    """

    template: Template
    urls: tuple[str, ...]
    links: Mapping[str, str]
    is_same_for_all: bool

    def text_for(
        self,
        data: Mapping[str, object],
        *,
        name: str | None,
        phone: str,
        opt_out: str,
        appends: bool = True,
        transliterates: bool = False,
    ) -> str:
        """The text for one recipient, with placeholders for codes (short_links.exchange).

        `phone`: the number as the template may see it. `opt_out`: what {{ opt_out }} says; empty: the recipient's link.
        `appends`: whether that is added where the template lacks it. Raises Invalid: `unrenderable`,
        `public-shortener`, `too-many-parts` for more than 1,600 characters; TooSlow.
        """
        words = opt_out or short_links.OPT_OUT
        rendered = _plain(self._render(data, name=name, phone=phone, words=words)[0])
        if not rendered:
            raise Invalid("The text is empty for this recipient.", code="unrenderable")
        short_links.refuse_shorteners(rendered)
        if appends and not short_links.says(rendered, words):
            rendered = f"{rendered} {words}"
        short_links.exchange(rendered, short_links.CODE)
        if transliterates:
            rendered = text.transliterated(rendered)
        if len(rendered) > text.MOST_CHARACTERS:
            raise Invalid(
                f"The text has {len(rendered):,} characters; an SMS has at most {text.MOST_CHARACTERS:,}.",
                code="too-many-parts",
            )
        return rendered

    def undefined(self, data: Mapping[str, object]) -> frozenset[str]:
        """The names that the template looks up, and this data does not have. Raises Invalid, and TooSlow."""
        return self._render(data, name=None, phone="", words="")[1]

    def _render(
        self, data: Mapping[str, object], *, name: str | None, phone: str, words: str
    ) -> tuple[str, frozenset[str]]:
        known = {
            "name": name or data.get("name") or "",
            "phone": phone,
            "opt_out": words,
            "links": self.links,
        }
        refuse_large(data)
        return self.template.render({**data, **known}, Meter())


def prepared(source: str) -> Prepared:
    """Check a template and number its short links. Raises Invalid, naming the line."""
    if len(source) > LONGEST_TEMPLATE:
        raise Invalid(
            f"The template of an SMS has at most {LONGEST_TEMPLATE:,} characters.", code="template-too-large"
        )
    links = short_links.numbered(source)
    return Prepared(
        template=check(links.text, part="text"),
        urls=links.urls,
        links=short_links.placeholders(len(links.urls)),
        is_same_for_all=not _LIQUID.search(_SAME_FOR_ALL.sub("", links.text)),
    )


def measured(rendered: str, *, max_parts: int) -> Size:
    """Encoding and parts of a text. Raises Invalid: `unrenderable` for what no SMS can carry, `too-many-parts`."""
    try:
        size = text.size(rendered)
    except UnsendableTextError as error:
        raise Invalid(str(error), code="unrenderable") from error
    if size.parts > max_parts:
        alphabet = (
            ""
            if size.encoding is text.Encoding.GSM
            else ", because of characters outside of the GSM alphabet"
        )
        raise Invalid(
            f"The text takes {size.parts} parts{alphabet}; max_parts allows {max_parts}. Shorten the text or raise it.",
            code="too-many-parts",
        )
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What all recipients of a plan's variant share; implements functions.sending.channels.composer.Composer."""

    plan: SmsPlan
    prepared: Prepared
    origins: Mapping[str, Origin]

    def text_for(self, data: Mapping[str, object], *, name: str | None, phone: str, origin: Origin) -> str:
        """The text for a recipient, with placeholders for codes. Raises Invalid, and TooSlow."""
        return self.prepared.text_for(
            variables_of(data, self.plan.sender_profile, self.plan.slots),
            name=name,
            # Who may not see the numbers writes templates that do not see them either.
            phone="" if self.plan.recipients_masked else phone,
            opt_out=origin.opt_out,
            appends=self.plan.is_promotional,
            transliterates=self.plan.transliterates,
        )

    def compose(self, recipient: Claimed) -> Message:
        """One recipient's message. Raises Invalid if there can be none, or if it is dearer than what was planned."""
        details = recipient.details or {}
        origin = self.origins[details["country"]]
        rendered = self.text_for(
            recipient.template_data, name=recipient.name, phone=recipient.address, origin=origin
        )
        measured(rendered, max_parts=details["parts"])
        return Message(
            recipient=recipient.address,
            body=short_links.exchange(rendered, details["link_code"] or ""),
            origin=origin.provider_arn or origin.identity,
            message_type=self.plan.message_type,
            max_price=Decimal(details["price"]),
            expires_at=datetime.fromtimestamp(details["expires_at"], UTC),
            tags={"ddp_send": str(recipient.send_id), "ddp_attempt": str(recipient.attempt)},
            country_parameters=country_parameters(origin, self.plan.dlt_template_id),
        )


def country_parameters(origin: Origin, dlt_template_id: str | None) -> dict[str, str]:
    """What a country asks for: India, the ids under which sender and template are registered."""
    if origin.dlt_entity_id is None or dlt_template_id is None:
        return {}
    return {DLT_ENTITY: origin.dlt_entity_id, DLT_TEMPLATE: dlt_template_id}


def of_plan(send_plan_id: UUID, variant: int | None) -> Content:
    """The content of a plan's variant, once it is planned. Raises Invalid if no messages can be made of it."""
    with db.transaction(role="service_role") as cursor:
        plan = plans.get(cursor, send_plan_id, variant)
        origins = plans.freeze_origins(cursor, send_plan_id, [])
    if plan.content is None:
        raise Invalid("The plan's content was never prepared.", code="content-missing")
    return Content(plan=plan, prepared=prepared(plan.content), origins=origins)


def _plain(rendered: str) -> str:
    """Without control characters, and without what stands at the edges or takes a part for nothing."""
    return _BLANK_LINES.sub("\n\n", _CONTROLS.sub("", rendered.replace("\r\n", "\n"))).strip()


_LIQUID: Final = re.compile(r"\{[{%]")
_SAME_FOR_ALL: Final = re.compile(r"\{\{-?\s*(?:opt_out|links\.n[1-9])\s*-?\}\}")
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")

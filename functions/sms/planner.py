"""SMS's part of planning: numbers, and each text as it will be sent, so that its price is known before."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ddp import db
from ddp.addresses import phone_hash
from ddp.channels import SMS
from ddp.chunking import Run
from ddp.errors import Invalid
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Batch, Kind
from ddp.queries.sms import plans
from ddp.queries.sms.plans import Origin, Phone
from functions.sending.channels.planner import PreparedContent
from functions.sending.unplannable import Unplannable
from functions.sms.phones import countries, numbers
from functions.sms.phones.places import place
from functions.sms.texts import content, short_links
from functions.sms.texts.content import Content
from functions.sms.texts.text import Encoding

# Recipients in a provider call, which is a wave of single messages. What one second of the identity's rate allows is
# fewer for most; a claim takes no more than that.
WAVE: Final = 32

_ENCODINGS: Final = {Encoding.GSM: "GSM", Encoding.UCS2: "UCS-2"}
_NO_CONSENT: Final = (
    "There is no recorded consent of this number to your messages: record it (POST /phone-consents), or state when "
    'sending that all agreed (consent "declared").'
)


class Size(NamedTuple):
    """What a text takes."""

    encoding: str
    parts: int


class SmsKind(NamedTuple):
    """What decides when, how and at what price a message goes."""

    phone: Phone
    encoding: str
    parts: int


class SmsReader:
    """Implements functions.sending.channels.planner.Reader for one plan."""

    channel = SMS
    hash = staticmethod(phone_hash)

    def __init__(self, contents: Sequence[Content], without_price: Collection[str]) -> None:
        """`contents`: of each variant, A first; there is one if the plan tests nothing."""
        self._contents = contents
        self._without_price = without_price
        self._plan = contents[0].plan
        self._default = self._plan.default_country or ""
        # The number that was read last: its kind is asked for next.
        self._last = numbers.Number("", "", numbers.Kind.MOBILE)
        # Of a text that is the same for all: by variant and country.
        self._sizes: dict[tuple[int, str], Size] = {}

    def normalise(self, address: str, country: str) -> str:
        """The number in E.164. Raises NumberError."""
        self._last = numbers.read(address, country, self._default)
        return self._last.e164

    def kind(self, address: str, name: str, time_zone: str, data: str, variant: int | None) -> Kind:
        """Where the phone is, and what its message takes. Raises Invalid: country-not-enabled, no-sender, …

        Also if another variant than the recipient's cannot be made: or those who get that one would be compared with
        others.
        """
        number = self._last if self._last.e164 == address else numbers.read(address)
        origin = self._origin(number.country)
        sizes = [
            self._size_of(index, of_variant, origin, address, name, data)
            for index, of_variant in enumerate(self._contents)
        ]
        size = sizes[variant - 1] if variant else max(sizes, key=lambda size: size.parts)
        zones, region = place(number)
        return SmsKind(Phone(number.country, region, " ".join(zones), time_zone), *size)

    def _origin(self, country: str) -> Origin:
        if country not in countries.ENABLED:
            raise countries.refusal("country-not-enabled", country)
        origin = self._contents[0].origins.get(country)
        if origin is None:
            raise countries.refusal("no-price" if country in self._without_price else "no-sender", country)
        return origin

    def _size_of(
        self, index: int, of_variant: Content, origin: Origin, phone: str, name: str, data: str
    ) -> Size:
        if not of_variant.prepared.is_same_for_all:
            return self._size(of_variant, origin, phone, name, data)
        key = index, origin.country
        if key not in self._sizes:
            self._sizes[key] = self._size(of_variant, origin, phone, name, "{}")
        return self._sizes[key]

    def _size(self, of_variant: Content, origin: Origin, phone: str, name: str, data: str) -> Size:
        rendered = of_variant.text_for(json.loads(data), name=name, phone=phone, origin=origin)
        size = content.measured(rendered, max_parts=self._plan.max_parts)
        return Size(_ENCODINGS[size.encoding], size.parts)


class SmsPlanner:
    """Implements functions.sending.channels.planner.Planner."""

    channel = SMS

    def prepare(self, plan: Plan) -> PreparedContent:
        """Checks the template. Raises Unplannable for one that cannot be used."""
        try:
            content.prepared(plan.content)
        except Invalid as error:
            raise Unplannable("unusable-content", error.detail) from error
        return PreparedContent(html=None, text=plan.content, call_size=WAVE)

    def reader(self, plan: Plan) -> SmsReader:
        """Reads the plan's recipients. Decides at the first call what messages to each country come from and cost."""
        variants = [content.prepared(text) for text in _texts(plan)]
        with db.transaction(role="service_role") as cursor:
            sms_plan = plans.get(cursor, plan.send_plan_id)
            origins = plans.freeze_origins(cursor, plan.send_plan_id, countries.ENABLED)
            without_price = plans.without_price(cursor, plan.send_plan_id, countries.ENABLED)
            for variant, prepared in enumerate(variants, start=1):
                plans.store_links(cursor, plan.send_plan_id, variant, prepared.urls)
        contents = [Content(plan=sms_plan, prepared=prepared, origins=origins) for prepared in variants]
        return SmsReader(contents, without_price)

    def screen(self, cursor: Cursor[Any], plan: Plan, batch: Batch) -> None:
        """Rejects numbers without consent, if the plan asks for it."""
        sms_plan = plans.get(cursor, plan.send_plan_id)
        if not sms_plan.is_promotional or sms_plan.consent == "declared" or not batch.recipients:
            return
        hashes = [hashed for hashed, *_ in batch.recipients.values()]
        agreed = plans.consenting(cursor, plan.created_by_user_id, hashes)
        for number in [n for n, (hashed, *_) in batch.recipients.items() if hashed not in agreed]:
            batch.reject(number, "no-consent", _NO_CONSENT)

    def runs(self, cursor: Cursor[Any], plan: Plan, kinds: Collection[Kind]) -> Mapping[Kind, Run]:
        """When, at what rate and at what price messages of each kind go."""
        wanted = [kind for kind in kinds if isinstance(kind, SmsKind)]
        hours = plans.hours(cursor, plan.send_plan_id, list({kind.phone for kind in wanted}))
        # Decided already, unless this is a forecast, which decides nothing.
        countries_of_kinds = {kind.phone.country for kind in wanted}
        origins = plans.freeze_origins(cursor, plan.send_plan_id, countries_of_kinds)
        has_links = any(short_links.numbered(text).urls for text in _texts(plan))
        runs: dict[Kind, Run] = {}
        for kind in wanted:
            origin, when = origins[kind.phone.country], hours[kind.phone]
            runs[kind] = Run(
                not_before=when.not_before,
                bucket=origin.bucket,
                time_zone=when.time_zone,
                clock_id=when.clock_id,
                units=kind.parts,
                price=origin.price_per_part * kind.parts,
                encoding=kind.encoding,
                country=kind.phone.country,
                has_link=has_links or not origin.opt_out,
            )
        return runs


def _texts(plan: Plan) -> list[str]:
    """The text of each variant, A first."""
    return [plan.content, *(own.content or plan.content for own in plan.variants)]

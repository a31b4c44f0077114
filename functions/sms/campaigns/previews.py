"""A preview of an SMS: the text and its parts, what makes it dear, and what an audience would cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from psycopg import Cursor
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from ddp.channels import SMS
from ddp.queries.messages import drafts as of_messages
from ddp.queries.people import sender_fields
from ddp.queries.sms import drafts
from ddp.queries.sms.drafts import PreviewedOrigin
from ddp.rendering import variables_of
from functions.sending.models import AudienceSize, ShownSlot
from functions.sending.operations import previews
from functions.sms.campaigns.models import SmsPreviewRequest, SmsRecipientList
from functions.sms.campaigns.windows import in_words
from functions.sms.phones import countries, numbers
from functions.sms.phones.numbers import REASONS, NumberError
from functions.sms.texts import content, short_links, text
from functions.sms.texts.text import Encoding, Size

# A number that nobody has, and the words of a two-way identity, where no audience says otherwise.
SAMPLE_PHONE: Final = "+12025550100"
SAMPLE_OPT_OUT: Final = "Reply STOP"
# A preview shows so many characters that force UCS-2; a text of an alphabet outside of GSM has hundreds.
MOST_FORCED: Final = 200

_ENCODINGS: Final[Mapping[Encoding, Literal["GSM", "UCS-2"]]] = {Encoding.GSM: "GSM", Encoding.UCS2: "UCS-2"}


class ForcedCharacter(BaseModel):
    """A character that is not in the GSM alphabet: it makes the whole text UCS-2, whose parts are shorter."""

    place: int = Field(description="In characters (code points), from 0.")
    character: str = Field(description="With the accents that belong to it.")
    replacement: str | None = Field(
        description="What `transliterate` puts in its place; empty for what nobody sees; null if there is nothing."
    )


class Unreachable(BaseModel):
    """Why no message goes to a country, or to some of the numbers."""

    code: str
    reason: str


class RejectedNumbers(Unreachable):
    """How many entries of the list are rejected for one reason."""

    count: int = Field(description="So many entries.")


class CountryEstimate(BaseModel):
    """What messages to one country come from and cost, in US dollars. The parts are those of the sample's text."""

    country: str = Field(description="ISO 3166-1 alpha-2.")
    recipients: int = Field(description="Different numbers.")
    identity: str | None
    kind: str | None = Field(
        description="Of the identity: short_code, ten_dlc, toll_free, long_code, sender_id."
    )
    price_per_part: Decimal | None = Field(description="Carrier fees included.")
    parts: int | None
    cost: Decimal | None = Field(description="Of all its recipients.")
    window: str = Field(description="When messages may go there, in words.")
    problem: Unreachable | None = Field(description="Why none go there.")


class SmsPreview(BaseModel):
    """The message as a recipient with this data would receive it, and what an audience would cost."""

    text: str = Field(description="Short links with a made-up code.")
    encoding: Literal["GSM", "UCS-2"] = Field(
        description="UCS-2 as soon as one character is not in the GSM alphabet."
    )
    units: int = Field(description="Septets of GSM, or code units of UCS-2.")
    parts: int
    forced: list[ForcedCharacter] = Field(
        description="What forces UCS-2, in order, the first 200. With `transliterate`, what is left."
    )
    undefined: list[str] = Field(description="Variables that the content uses but the data does not contain.")
    slots: list[ShownSlot] = Field(description="What of it is the message's own, if its template has slots.")
    audience: AudienceSize | None
    countries: list[CountryEstimate] = Field(description="Of a list: where its numbers are, by country.")
    rejected: list[RejectedNumbers] = Field(description="Of a list: entries without a usable number.")
    duplicates: int = Field(description="Of a list: entries whose number occurred before.")
    total: Decimal | None = Field(
        description="Of a list: what it would cost, in US dollars, if each message had the sample's parts. Sending"
        " renders each message and knows its price before the first one goes."
    )


class _Sample:
    """The text of the sample's data, which depends on what {{ opt_out }} says."""

    def __init__(
        self, message: Mapping[str, Any], body: SmsPreviewRequest, variables: Mapping[str, object]
    ) -> None:
        """`variables`: what the template sees of the sample."""
        self._variables = variables
        self._prepared = content.prepared(message["sms_content"])
        self._body = body
        self._appends = message["message_type"] == "promotional"
        self._sizes: dict[str, Size] = {}

    def text(self, opt_out: str) -> str:
        rendered = self._prepared.text_for(
            self._variables,
            name=None,
            phone=SAMPLE_PHONE,
            opt_out=opt_out,
            appends=self._appends,
            transliterates=self._body.transliterate,
        )
        return short_links.exchange(rendered, short_links.CODE)

    def size(self, opt_out: str) -> Size:
        if opt_out not in self._sizes:
            self._sizes[opt_out] = content.measured(self.text(opt_out), max_parts=text.MOST_CHARACTERS)
        return self._sizes[opt_out]

    def undefined(self) -> list[str]:
        return sorted(self._prepared.undefined(self._variables))


def preview(cursor: Cursor[DictRow], message: DictRow, body: SmsPreviewRequest) -> SmsPreview:
    """The preview of a draft. Raises Invalid, NotFound, Forbidden."""
    profile = sender_fields.of_account(cursor, message["created_by_user_id"])
    slots = of_messages.slots(cursor, SMS, message["sms_campaign_id"])
    sample = _Sample(message, body, variables_of(body.template_data, profile, slots.values))
    size, rejected, duplicates = None, Counter[str](), 0
    estimates: list[CountryEstimate] = []
    if isinstance(body.audience, SmsRecipientList):
        by_country, rejected, duplicates = _numbers(body.audience, body.default_country or "")
        size = AudienceSize(source="list", recipient_count=by_country.total(), file_size=None, warnings=[])
        origins = drafts.origins(cursor, message["sms_campaign_id"], by_country)
        estimates = [_estimate(origin, by_country[origin.country], sample) for origin in origins]
        opt_out = next((o.opt_out for o in origins if o.opt_out is not None), SAMPLE_OPT_OUT)
    else:
        opt_out = SAMPLE_OPT_OUT
        if body.audience:
            size = previews.size(cursor, SMS, message["campaign_id"], body.audience)
    shown, measured = sample.text(opt_out), sample.size(opt_out)
    costs = [each.cost for each in estimates if each.cost is not None]
    return SmsPreview(
        text=shown,
        encoding=_ENCODINGS[measured.encoding],
        units=measured.units,
        parts=measured.parts,
        forced=[ForcedCharacter(**each._asdict()) for each in text.forced(shown)[:MOST_FORCED]],
        undefined=sample.undefined(),
        slots=[ShownSlot(**slot) for slot in slots.shown],
        audience=size,
        countries=estimates,
        rejected=[
            RejectedNumbers(code=code, reason=REASONS[code], count=count) for code, count in rejected.items()
        ],
        duplicates=duplicates,
        total=sum(costs, Decimal(0)) if isinstance(body.audience, SmsRecipientList) else None,
    )


def _numbers(audience: SmsRecipientList, default: str) -> tuple[Counter[str], Counter[str], int]:
    """Numbers by country, rejected entries by code, and how many entries repeat a number."""
    by_country, rejected, seen, duplicates = Counter[str](), Counter[str](), set[str](), 0
    for entry in audience.recipients:
        try:
            number = numbers.read(entry.phone, entry.country or "", default)
        except NumberError as error:
            rejected[error.code] += 1
            continue
        if number.e164 in seen:
            duplicates += 1
        else:
            seen.add(number.e164)
            by_country[number.country] += 1
    return by_country, rejected, duplicates


def _estimate(origin: PreviewedOrigin, recipients: int, sample: _Sample) -> CountryEstimate:
    code = "country-not-enabled" if origin.country not in countries.ENABLED else origin.problem
    parts = cost = problem = None
    if code is None and origin.price_per_part is not None:
        parts = sample.size(origin.opt_out or "").parts
        cost = recipients * parts * origin.price_per_part
    elif code is not None:
        problem = Unreachable(code=code, reason=countries.refusal(code, origin.country).detail)
    return CountryEstimate(
        country=origin.country,
        recipients=recipients,
        identity=origin.identity,
        kind=origin.kind,
        price_per_part=origin.price_per_part,
        parts=parts,
        cost=cost,
        window=in_words(origin.windows),
        problem=problem,
    )

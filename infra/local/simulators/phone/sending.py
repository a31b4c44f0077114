"""SendTextMessage: what is sent, from which identity, and what it costs; or why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import phonenumbers

from infra.local.simulators.phone.account import identities
from infra.local.simulators.phone.account.identities import SENDER_ID, Identity
from infra.local.simulators.phone.account.settings import Settings
from infra.local.simulators.phone.api import SmsError
from infra.local.simulators.phone.events import SIMULATED
from infra.local.simulators.phone.message import Message, count_parts, encoding_of

# Seconds that a message is valid for unless the call says less.
LIFE = 259_200
INDIA = {"IN_ENTITY_ID", "IN_TEMPLATE_ID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A message that may be sent. `price` and `fee` are of one part, `total` of all, in 0.00001 US dollars."""

    message: Message
    identity: Identity
    price: int
    fee: int
    total: int
    life: float
    is_number: bool
    context: dict[str, str]
    configuration_set: str
    protect: str | None


def read(parameters: dict[str, Any], settings: Settings) -> Sending:
    """What a call asks for. Raises SmsError."""
    _check_names(parameters, settings)
    phone = e164(parameters["DestinationPhoneNumber"])
    country, is_number = country_of(phone)
    protect = parameters.get("ProtectConfigurationId")
    if protect and not settings.allows(country):
        raise _conflict(
            "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", f"{country} is blocked.", protect
        )
    identity = _identity(parameters.get("OriginationIdentity"), country)
    message = _message(parameters, phone, country, identity)
    _check_identity(identity, country, message.message_type)
    _check_india(identity, parameters.get("DestinationCountryParameters", {}))
    price, fee = identities.price_of(identity)
    total = message.parts * (price + fee)
    if "MaxPrice" in parameters and total > Decimal(parameters["MaxPrice"]) * identities.UNITS:
        raise _invalid("PRICE_OVER_THRESHOLD", f"The message costs ${total / identities.UNITS:.5f}.")
    return Sending(
        message=message,
        identity=identity,
        price=price,
        fee=fee,
        total=total,
        life=parameters.get("TimeToLive", LIFE),
        is_number=is_number,
        context=parameters.get("Context", {}),
        configuration_set=parameters.get("ConfigurationSetName", ""),
        protect=protect,
    )


def _check_names(parameters: dict[str, Any], settings: Settings) -> None:
    """Whether what the call names exists, and whether there is a text."""
    known = {
        "ConfigurationSetName": ("configuration-set", settings.configuration_set),
        "ProtectConfigurationId": ("protect-configuration", settings.protect),
    }
    for member, (kind, name) in known.items():
        if parameters.get(member, name) != name:
            raise _missing(kind, parameters[member])
    if "MessageBody" not in parameters:
        raise _invalid("MISSING_PARAMETER", "MessageBody is missing.")


def _message(parameters: dict[str, Any], phone: str, country: str, identity: Identity) -> Message:
    """The message before it is accepted: without id, time and charges."""
    body, context = parameters["MessageBody"], parameters.get("Context", {})
    return Message(
        message_id="",
        at=0,
        phone=phone,
        country=country,
        identity=identity.identity,
        direction="out",
        body=body,
        encoding=encoding_of(body),
        parts=count_parts(body),
        message_type=parameters.get("MessageType", identity.types[0]),
        send=context.get("ddp_send"),
        attempt=context.get("ddp_attempt"),
    )


def e164(phone: str) -> str:
    """The number with its plus sign. Raises SmsError for what has no country code."""
    number = f"+{phone.removeprefix('+')}"
    try:
        phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise _invalid("INVALID_PARAMETER", f"{phone} is not a phone number.") from None
    return number


def country_of(phone: str) -> tuple[str, bool]:
    """The country of a number, and whether there can be such a number."""
    if phone in SIMULATED:
        return SIMULATED[phone][0], True
    number = phonenumbers.parse(phone)
    country = phonenumbers.region_code_for_number(number)
    return (
        country or phonenumbers.region_code_for_country_code(number.country_code or 0),
        phonenumbers.is_valid_number(number),
    )


def _identity(name: str | None, country: str) -> Identity:
    if name is None or identities.is_pool(name):
        found = identities.pooled(country) if name else identities.default_for(country)
        if not found:
            raise _conflict(
                "NO_ORIGINATION_IDENTITIES_FOUND", f"There is no origination identity for {country}.", name
            )
        return found
    identity = identities.find(name, country)
    if not identity:
        raise _missing("phone-number" if name.lstrip("+").isdecimal() else "sender-id", name)
    return identity


def _check_identity(identity: Identity, country: str, message_type: str) -> None:
    if identity.country != country:
        raise _invalid(
            "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", f"{identity.identity} does not send to {country}."
        )
    if not identity.is_active:
        raise _conflict("RESOURCE_NOT_ACTIVE", f"{identity.identity} is not active.", identity.name)
    if message_type not in identity.types:
        raise _conflict(
            "MESSAGE_TYPE_MISMATCH", f"{identity.identity} does not send {message_type}.", identity.name
        )


def _check_india(identity: Identity, given: dict[str, str]) -> None:
    if identity.country == "IN" and identity.kind == SENDER_ID and (missing := INDIA - set(given)):
        raise _invalid("MISSING_PARAMETER", f"India asks for {' and '.join(sorted(missing))}.")


def _invalid(reason: str, message: str) -> SmsError:
    return SmsError("ValidationException", message, Reason=reason)


def _conflict(reason: str, message: str, resource: str | None) -> SmsError:
    named = {"ResourceId": resource} if resource else {}
    return SmsError("ConflictException", message, Reason=reason, **named)


def _missing(kind: str, name: str) -> SmsError:
    return SmsError(
        "ResourceNotFoundException", f"There is no {kind} {name}.", ResourceType=kind, ResourceId=name
    )

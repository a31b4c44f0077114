"""The origination identities of the account: phone numbers, short codes and sender IDs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ddp.providers.sms.calls import call

# The service takes one Describe call per second.
PAUSE_SECONDS = 1.0
PAGE = 100

_KINDS = {
    "SHORT_CODE": "short_code",
    "LONG_CODE": "long_code",
    "TOLL_FREE": "toll_free",
    "TEN_DLC": "ten_dlc",
}
# Message parts per second where the service names no limit, by kind and, where it matters, country.
_RATES = {"short_code": 100.0, "toll_free": 3.0, "ten_dlc": 1.0, "long_code": 10.0, "sender_id": 10.0}
_RATES_BY_COUNTRY = {("long_code", "CA"): 1.0}

# A registration that can be used, and those that need somebody's work; all others wait for a decision.
_REGISTERED = "COMPLETE"
_NEEDS_WORK = {"CREATED", "REQUIRES_UPDATES", "REQUIRES_AUTHENTICATION", "CLOSED", "DELETED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIdentity:
    """An origination identity as the account has it; the fields are those of public.origination_identities.

    `country`: ISO 3166-1 alpha-2. `kind`: short_code, ten_dlc, toll_free, long_code or sender_id. `message_type`:
    promotional or transactional; None if both are allowed. `status`: active, pending (its registration is not decided)
    or incomplete (the registration needs changes). `parts_per_second`: message parts. `daily_cap`: the lowest of its
    carriers' caps. `provider_arn`: its ARN.
    """

    identity: str
    country: str
    kind: str
    message_type: str | None
    status: str
    is_two_way: bool
    manages_opt_outs: bool
    parts_per_second: float
    daily_cap: int | None
    provider_arn: str


def identities(pause: Callable[[float], None] = time.sleep) -> Iterator[AccountIdentity]:
    """All identities that can send SMS, page by page; lasts a second per page.

    Leaves out what cannot be used: simulator numbers, numbers without SMS, and numbers that are being given up. Raises
    Transient or Permanent; then what was yielded is not all.
    """
    registrations = {
        each["RegistrationId"]: each["RegistrationStatus"]
        for each in _all("describe_registrations", "Registrations", pause)
    }
    pools = {each["PoolId"]: each for each in _all("describe_pools", "Pools", pause)}
    for number in _all("describe_phone_numbers", "PhoneNumbers", pause):
        is_leaving = number["Status"] in {"DISASSOCIATING", "DELETED"}
        if "SMS" in number["NumberCapabilities"] and number["NumberType"] in _KINDS and not is_leaving:
            yield _number(number, registrations, pools)
    for sender in _all("describe_sender_ids", "SenderIds", pause):
        yield _sender(sender, registrations)


def _all(operation: str, member: str, pause: Callable[[float], None]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        answer = call(operation, MaxResults=PAGE, **token)
        pause(PAUSE_SECONDS)
        yield from answer.get(member, ())
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _number(
    number: dict[str, Any], registrations: dict[str, str], pools: dict[str, dict[str, Any]]
) -> AccountIdentity:
    # The settings of a pool hold for its numbers.
    answering = pools.get(number.get("PoolId", ""), number)
    kind = _KINDS[number["NumberType"]]
    return AccountIdentity(
        identity=number["PhoneNumber"],
        country=number["IsoCountryCode"],
        kind=kind,
        message_type=number["MessageType"].lower(),
        status=_status_of_number(number, registrations),
        is_two_way=answering["TwoWayEnabled"],
        manages_opt_outs=answering["SelfManagedOptOutsEnabled"],
        parts_per_second=_rate(number, kind),
        daily_cap=_daily_cap(number),
        provider_arn=number["PhoneNumberArn"],
    )


def _status_of_number(number: dict[str, Any], registrations: dict[str, str]) -> str:
    of_registration = _status(number, registrations)
    is_waiting = number["Status"] != "ACTIVE" and of_registration == "active"
    return "pending" if is_waiting else of_registration


def _sender(sender: dict[str, Any], registrations: dict[str, str]) -> AccountIdentity:
    types = [each.lower() for each in sender["MessageTypes"]]
    return AccountIdentity(
        identity=sender["SenderId"],
        country=sender["IsoCountryCode"],
        kind="sender_id",
        message_type=types[0] if len(types) == 1 else None,
        status="active" if sender["Registered"] else _status(sender, registrations),
        is_two_way=False,
        manages_opt_outs=False,
        parts_per_second=_rate(sender, "sender_id"),
        daily_cap=_daily_cap(sender),
        provider_arn=sender["SenderIdArn"],
    )


def _status(identity: dict[str, Any], registrations: dict[str, str]) -> str:
    """By its registration; without one it needs none."""
    if "RegistrationId" not in identity:
        return "active"
    state = registrations.get(identity["RegistrationId"], "")
    return "active" if state == _REGISTERED else "incomplete" if state in _NEEDS_WORK else "pending"


def _rate(identity: dict[str, Any], kind: str) -> float:
    named = identity.get("MessagingLimits", {}).get("RateLimits", {}).get("SMS")
    return float(named or _RATES_BY_COUNTRY.get((kind, identity["IsoCountryCode"]), _RATES[kind]))


def _daily_cap(identity: dict[str, Any]) -> int | None:
    caps = identity.get("MessagingLimits", {}).get("DailyMessageCaps", {}).values()
    return min(caps, default=None)

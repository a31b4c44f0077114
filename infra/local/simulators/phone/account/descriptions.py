"""What the account has, as the service's Describe operations say it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from infra.local.simulators.phone.account import identities
from infra.local.simulators.phone.account.identities import IDENTITIES, SENDER_ID, Identity
from infra.local.simulators.phone.api import SmsError, invalid

Rows = list[dict[str, Any]]


def phone_numbers(parameters: dict[str, Any], *, opt_out_list: str, two_way_topic: str) -> dict[str, Any]:
    """DescribePhoneNumbers."""
    rows = [_phone_number(each, opt_out_list, two_way_topic) for each in IDENTITIES if each.kind != SENDER_ID]
    return _page(parameters, "PhoneNumbers", rows, "PhoneNumberIds", ("PhoneNumberId", "PhoneNumberArn"))


def _phone_number(identity: Identity, opt_out_list: str, two_way_topic: str) -> dict[str, Any]:
    return {
        "PhoneNumberArn": identity.arn,
        "PhoneNumberId": identity.name,
        "PhoneNumber": identity.identity,
        "Status": "ACTIVE" if identity.is_active else "PENDING",
        "IsoCountryCode": identity.country,
        "MessageType": identity.types[0],
        "NumberCapabilities": ["SMS"],
        "NumberType": identity.kind,
        "MonthlyLeasingPrice": "1.00",
        "TwoWayEnabled": identity.is_two_way,
        "TwoWayChannelArn": two_way_topic if identity.is_two_way else None,
        "SelfManagedOptOutsEnabled": identity.is_self_managed,
        "OptOutListName": opt_out_list,
        "InternationalSendingEnabled": False,
        "DeletionProtectionEnabled": False,
        "PoolId": identities.POOL if identity.is_pooled else None,
        "RegistrationId": identity.registration_id if identity.registration else None,
        "MessagingLimits": identity.limits(),
        "CreatedTimestamp": identities.CREATED,
    }


def sender_ids(parameters: dict[str, Any]) -> dict[str, Any]:
    """DescribeSenderIds."""
    wanted = {(each["SenderId"], each["IsoCountryCode"]) for each in parameters.get("SenderIds", ())}
    rows = [
        {
            "SenderIdArn": each.arn,
            "SenderId": each.identity,
            "IsoCountryCode": each.country,
            "MessageTypes": list(each.types),
            "MonthlyLeasingPrice": "0.00",
            "DeletionProtectionEnabled": False,
            "Registered": each.registration == "COMPLETE",
            "RegistrationId": each.registration_id if each.registration else None,
            "MessagingLimits": each.limits(),
        }
        for each in IDENTITIES
        if each.kind == SENDER_ID and (not wanted or (each.identity, each.country) in wanted)
    ]
    return _page(parameters, "SenderIds", rows)


def pools(parameters: dict[str, Any], *, opt_out_list: str) -> dict[str, Any]:
    """DescribePools."""
    row = {
        "PoolArn": identities.arn("pool", identities.POOL),
        "PoolId": identities.POOL,
        "Status": "ACTIVE",
        "MessageType": "PROMOTIONAL",
        "TwoWayEnabled": True,
        "SelfManagedOptOutsEnabled": True,
        "OptOutListName": opt_out_list,
        "SharedRoutesEnabled": False,
        "DeletionProtectionEnabled": False,
        "CreatedTimestamp": identities.CREATED,
    }
    return _page(parameters, "Pools", [row], "PoolIds", ("PoolId", "PoolArn"))


def registrations(parameters: dict[str, Any]) -> dict[str, Any]:
    """DescribeRegistrations."""
    rows = [
        {
            "RegistrationArn": identities.arn("registration", each.registration_id),
            "RegistrationId": each.registration_id,
            "RegistrationType": f"{each.country}_{each.kind}_REGISTRATION",
            "RegistrationStatus": each.registration,
            "CurrentVersionNumber": 1,
            "CreatedTimestamp": identities.CREATED,
        }
        for each in IDENTITIES
        if each.registration
    ]
    names = ("RegistrationId", "RegistrationArn")
    return _page(parameters, "Registrations", rows, "RegistrationIds", names)


def spend_limits(parameters: dict[str, Any], *, text: int) -> dict[str, Any]:
    """DescribeSpendLimits; `text` is the limit of SMS in US dollars per month. What was spent is not said."""
    row = {
        "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
        "EnforcedLimit": text,
        "MaxLimit": text,
        "Overridden": False,
    }
    return _page(parameters, "SpendLimits", [row])


def protect_configurations(parameters: dict[str, Any], *, protect: str) -> dict[str, Any]:
    """DescribeProtectConfigurations."""
    row = {
        "ProtectConfigurationArn": protect_arn(protect),
        "ProtectConfigurationId": protect,
        "CreatedTimestamp": identities.CREATED,
        "AccountDefault": False,
        "DeletionProtectionEnabled": False,
    }
    names = ("ProtectConfigurationId", "ProtectConfigurationArn")
    return _page(parameters, "ProtectConfigurations", [row], "ProtectConfigurationIds", names)


def country_rules(
    parameters: dict[str, Any], *, protect: str, countries: Sequence[str], is_allowed: Callable[[str], bool]
) -> dict[str, Any]:
    """GetProtectConfigurationCountryRuleSet."""
    return {
        "ProtectConfigurationArn": protect_arn(protect),
        "ProtectConfigurationId": protect,
        "NumberCapability": parameters["NumberCapability"],
        "CountryRuleSet": {
            country: {"ProtectStatus": "ALLOW" if is_allowed(country) else "BLOCK"} for country in countries
        },
    }


def protect_arn(protect: str) -> str:
    """The ARN of a protect configuration."""
    return identities.arn("protect-configuration", protect)


def _page(
    parameters: dict[str, Any], member: str, rows: Rows, ids: str = "", names: Sequence[str] = ()
) -> dict[str, Any]:
    """A page of these rows, or those that the request names. Raises SmsError."""
    if parameters.get("Filters"):
        raise SmsError("ValidationException", "The phone simulator knows no filters.", Reason="OTHER")
    if wanted := set(parameters.get(ids, ())):
        rows = [row for row in rows if wanted & {row[name] for name in names}]
        if not rows:
            raise SmsError("ResourceNotFoundException", f"There is no {min(wanted)}.", ResourceId=min(wanted))
    token = parameters.get("NextToken", "0")
    if not token.isdecimal():
        raise invalid("NextToken", "must be a token of an earlier answer")
    first, size = int(token), parameters.get("MaxResults", 100)
    more = {"NextToken": str(first + size)} if first + size < len(rows) else {}
    return {member: [_without_none(row) for row in rows[first : first + size]], **more}


def _without_none(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}

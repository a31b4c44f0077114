"""What the account says of itself, and its opt-out list."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from infra.local.simulators.phone.account import identities

from .conftest import FRENCH, SWISS
from .test_sending import refused

pytestmark = pytest.mark.thorough


def pages(running, operation, member, **parameters):
    """All rows, a few at a time and one call per second."""
    found, token = [], {}
    while True:
        running.clock.now += 2
        answer = getattr(running.sms, operation)(MaxResults=5, **parameters, **token)
        assert len(answer[member]) <= 5
        found += answer[member]
        if "NextToken" not in answer:
            return found
        token = {"NextToken": answer["NextToken"]}


def test_the_account_has_identities_for_20_countries_each_with_a_price():
    assert len(identities.COUNTRIES) == 20
    for each in identities.IDENTITIES:
        price, fee = identities.price_of(each)
        assert price > 0
        assert fee >= 0
    for country in identities.COUNTRIES:
        if country != "CA":
            assert identities.default_for(country)


def test_phone_numbers_and_sender_ids_are_described(running):
    numbers = pages(running, "describe_phone_numbers", "PhoneNumbers")
    senders = pages(running, "describe_sender_ids", "SenderIds")
    assert len(numbers) + len(senders) == len(identities.IDENTITIES)
    found = {each["PhoneNumber"]: each for each in numbers}
    assert found["+12065550152"]["MessagingLimits"] == {
        "RateLimits": {"SMS": 1},
        "DailyMessageCaps": {"T-MOBILE": 2000},
    }
    assert found["36111"]["TwoWayChannelArn"].endswith("stack-SmsInboundTopic-B2")
    assert not found["+27600000123"]["SelfManagedOptOutsEnabled"]
    registrations = {
        each["RegistrationId"]: each for each in pages(running, "describe_registrations", "Registrations")
    }
    assert registrations[found["+18335550199"]["RegistrationId"]]["RegistrationStatus"] == "REQUIRES_UPDATES"
    (pool,) = pages(running, "describe_pools", "Pools")
    assert pool["PoolId"] == found["72345"]["PoolId"]


def test_protection_and_limits_are_described(running):
    running.phone.settings.countries = ("FR",)
    (protect,) = pages(running, "describe_protect_configurations", "ProtectConfigurations")
    rules = running.sms.get_protect_configuration_country_rule_set(
        ProtectConfigurationId=protect["ProtectConfigurationId"], NumberCapability="SMS"
    )["CountryRuleSet"]
    assert (rules["FR"], rules["US"]) == ({"ProtectStatus": "ALLOW"}, {"ProtectStatus": "BLOCK"})
    assert pages(running, "describe_spend_limits", "SpendLimits")[0]["EnforcedLimit"] == 1_000_000


def test_one_call_per_second(running):
    running.sms.describe_pools()
    assert refused(running.sms.describe_pools) == ("ThrottlingException", None)
    running.clock.now += 1
    running.sms.describe_pools()


def test_filters_are_refused_and_not_ignored(running):
    wanted = [{"Name": "status", "Values": ["ACTIVE"]}]
    assert refused(running.sms.describe_pools, Filters=wanted) == ("ValidationException", "OTHER")


def test_the_opt_out_list(running):
    def put(phone):
        running.clock.now += 1
        return running.sms.put_opted_out_number(OptOutListName="list", OptedOutNumber=phone)

    for number in range(12):
        put(f"+336123456{number:02}")
    first = put("+33612345600")
    assert (first["OptedOutNumber"], first["EndUserOptedOut"]) == ("+33612345600", False)
    listed = pages(running, "describe_opted_out_numbers", "OptedOutNumbers", OptOutListName="list")
    assert [each["OptedOutNumber"] for each in listed] == [f"+336123456{number:02}" for number in range(12)]


def test_a_number_leaves_the_list_once_in_30_days(running):
    def delete():
        running.clock.now += 1
        return running.sms.delete_opted_out_number(OptOutListName="list", OptedOutNumber=FRENCH)

    assert refused(delete) == ("ResourceNotFoundException", "opted-out-number")
    running.sms.put_opted_out_number(OptOutListName="list", OptedOutNumber=FRENCH)
    delete()
    running.send()
    running.sms.put_opted_out_number(OptOutListName="list", OptedOutNumber=FRENCH)
    assert refused(delete) == ("ValidationException", "PHONE_NUMBER_CANNOT_BE_OPTED_IN")
    running.clock.now += 30 * 86_400
    delete()


def test_another_list_does_not_exist(running):
    with pytest.raises(ClientError) as error:
        running.sms.put_opted_out_number(OptOutListName="other", OptedOutNumber=SWISS)
    assert error.value.response["ResourceType"] == "opt-out-list"

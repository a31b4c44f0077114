"""The service's operations: the answers, and what they change in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from infra.local.simulators.event_store import WaitingEvent
from infra.local.simulators.faults import Faults
from infra.local.simulators.phone import sending
from infra.local.simulators.phone.account import descriptions, identities
from infra.local.simulators.phone.account.settings import Settings
from infra.local.simulators.phone.api import Call, SmsError, write
from infra.local.simulators.phone.events import Behaviour, Event, body_of, charges, events_of
from infra.local.simulators.phone.message import Message
from infra.local.simulators.phone.sending import Sending
from infra.local.simulators.phone.store import OptedOut, Store, month_of
from infra.local.simulators.phone.topics import Topics
from infra.local.simulators.publisher import Publisher
from infra.local.simulators.quota import Quota

# Calls per second of the operations that are not for sending.
CALLS_PER_SECOND = {"DeleteOptedOutNumber": 10, "PutOptedOutNumber": 10}
# A number leaves the opt-out list once in these seconds.
OPT_IN_EVERY = 30 * 86_400


class Phone:
    """An account of AWS End User Messaging. Settings, behaviour and faults can change while it runs."""

    def __init__(
        self,
        *,
        store: Store,
        publisher: Publisher,
        topics: Topics,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.publisher, self.settings, self.clock = store, publisher, settings, clock
        self.behaviour, self.faults = Behaviour(), Faults()
        self._topics = topics
        self._rates: dict[str, Quota] = {}
        name = settings.opt_out_list
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "SendTextMessage": self._send,
            "DescribePhoneNumbers": lambda parameters: descriptions.phone_numbers(
                parameters, opt_out_list=name, two_way_topic=topics.inbound_arn()
            ),
            "DescribeSenderIds": descriptions.sender_ids,
            "DescribePools": partial(descriptions.pools, opt_out_list=name),
            "DescribeRegistrations": descriptions.registrations,
            "DescribeSpendLimits": lambda each: descriptions.spend_limits(each, text=settings.spend_limit),
            "DescribeProtectConfigurations": partial(
                descriptions.protect_configurations, protect=settings.protect
            ),
            "GetProtectConfigurationCountryRuleSet": lambda each: descriptions.country_rules(
                each, protect=settings.protect, countries=identities.COUNTRIES, is_allowed=settings.allows
            ),
            "DescribeOptedOutNumbers": self._opted_out,
            "PutOptedOutNumber": self._opt_out,
            "DeleteOptedOutNumber": self._opt_in,
        }

    def answer(self, call: Call) -> dict[str, Any]:
        """The service's answer to a call. Raises SmsError."""
        if call.operation != "SendTextMessage":
            self._take(call.operation, CALLS_PER_SECOND.get(call.operation, 1), 1)
        return write(call.operation, self._operations[call.operation](call.parameters))

    def _send(self, parameters: dict[str, Any]) -> dict[str, Any]:
        wanted = sending.read(parameters, self.settings)
        if self.store.opted_out([wanted.message.phone]):
            raise SmsError(
                "ConflictException",
                "The destination phone number is opted out.",
                Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT",
                ResourceType="opted-out-number",
                ResourceId=wanted.message.phone,
            )
        now = self.clock()
        if self.store.spent(month_of(now)) + wanted.total > self.settings.spend_limit * identities.UNITS:
            raise SmsError(
                "ServiceQuotaExceededException",
                "The monthly spend limit for text messages is reached.",
                Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
            )
        identity = wanted.identity
        rate = (self.settings.rates or {}).get(identity.identity, identity.rate)
        self._take(identity.arn, rate, wanted.message.parts)
        message_id = str(uuid4())
        if not parameters.get("DryRun"):
            self._accept(wanted, replace(wanted.message, message_id=message_id, at=now))
        return {"MessageId": message_id}

    def _take(self, name: str, rate: float, units: int) -> None:
        """Count a call against the rate of an identity or operation. Raises SmsError."""
        quota = self._rates.setdefault(name, Quota(per_second=rate, per_day=float("inf"), clock=self.clock))
        quota.per_second = rate
        if quota.take(units):
            raise SmsError("ThrottlingException", "Rate exceeded")

    def _accept(self, wanted: Sending, message: Message) -> None:
        behaviour = self.behaviour
        if self.store.is_blocked_at_carrier(message.phone, message.identity):
            behaviour = replace(behaviour, outcomes={"CARRIER_BLOCKED": 1})
        happening = events_of(message, behaviour, life=wanted.life, is_number=wanted.is_number)
        last = max(happening, key=lambda event: event.at).status
        price, fee = charges(message, behaviour, price=wanted.price, fee=wanted.fee, last=last)
        history = tuple((event.published_at, event.status) for event in sorted(happening, key=_when))
        message = replace(message, price=price, fee=fee, history=history)
        waiting = [
            WaitingEvent(
                due=event.published_at,
                configuration_set=wanted.configuration_set,
                kind=f"TEXT_{event.status}",
                body=json.dumps(body_of(message, event, wanted.context, protect=wanted.protect)),
            )
            for event in happening
        ]
        # Without a configuration set, nobody is told.
        self.store.add([message], waiting if wanted.configuration_set else ())
        self.publisher.wake()

    def _opted_out(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_list(parameters)
        if parameters.get("Filters"):
            raise SmsError("ValidationException", "The phone simulator knows no filters.", Reason="OTHER")
        size = parameters.get("MaxResults", 100)
        if phones := parameters.get("OptedOutNumbers"):
            found = self.store.opted_out(phones)
            if not found:
                raise _no_number(phones[0])
        else:
            found = self.store.opted_out_after(parameters.get("NextToken", ""), size + 1)
        more = {"NextToken": found[size - 1].phone} if len(found) > size else {}
        return {
            **self._list(),
            "OptedOutNumbers": [_opted_out(each) for each in found[:size]],
            **more,
        }

    def _opt_out(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_list(parameters)
        phone = sending.e164(parameters["OptedOutNumber"])
        return self._list() | _opted_out(self.store.opt_out(phone, self.clock(), by_end_user=False))

    def _opt_in(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._check_list(parameters)
        phone = sending.e164(parameters["OptedOutNumber"])
        found = self.store.opted_out([phone])
        if not found:
            raise _no_number(phone)
        now = self.clock()
        if now - self.store.opted_in_at(phone) < OPT_IN_EVERY:
            raise SmsError(
                "ValidationException",
                "The phone number can be opted in once every 30 days.",
                Reason="PHONE_NUMBER_CANNOT_BE_OPTED_IN",
            )
        self.store.opt_in(phone, now)
        return self._list() | _opted_out(found[0])

    def _check_list(self, parameters: dict[str, Any]) -> None:
        name = parameters["OptOutListName"]
        if name not in {self.settings.opt_out_list, self._list()["OptOutListArn"]}:
            raise SmsError(
                "ResourceNotFoundException",
                f"There is no opt-out list {name}.",
                ResourceType="opt-out-list",
                ResourceId=name,
            )

    def _list(self) -> dict[str, Any]:
        name = self.settings.opt_out_list
        arn = identities.arn("opt-out-list", name)
        return {"OptOutListName": name, "OptOutListArn": arn}


def _when(event: Event) -> float:
    return event.published_at


def _opted_out(found: OptedOut) -> dict[str, Any]:
    return {
        "OptedOutNumber": found.phone,
        "OptedOutTimestamp": found.at,
        "EndUserOptedOut": found.by_end_user,
    }


def _no_number(phone: str) -> SmsError:
    return SmsError(
        "ResourceNotFoundException",
        f"{phone} is not on the list.",
        ResourceType="opted-out-number",
        ResourceId=phone,
    )

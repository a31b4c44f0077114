"""SES's operations: the answers, and what they change in the store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from infra.local.aws.emulator import REGION
from infra.local.simulators.event_store import WaitingEvent
from infra.local.simulators.faults import Faults
from infra.local.simulators.mailbox import sending
from infra.local.simulators.mailbox.account import check_sender, verifies_at_once
from infra.local.simulators.mailbox.api import Call, SesError
from infra.local.simulators.mailbox.configuration_sets import ConfigurationSets
from infra.local.simulators.mailbox.events import Behaviour, events_of
from infra.local.simulators.mailbox.message import Message, new_id
from infra.local.simulators.mailbox.store import Store
from infra.local.simulators.publisher import Publisher
from infra.local.simulators.quota import Quota, Refusal

DAILY = "Daily message quota exceeded."
TOO_FAST = "Maximum sending rate exceeded."
# SendBulkEmail's status of an entry.
STATUSES = {Refusal.THROTTLED: "ACCOUNT_THROTTLED", Refusal.DAILY: "ACCOUNT_DAILY_QUOTA_EXCEEDED"}


class Mailbox:
    """An SES account. Quota, behaviour and faults can change while it runs."""

    def __init__(self, *, store: Store, sets: ConfigurationSets, publisher: Publisher, quota: Quota) -> None:
        self.store, self.publisher, self.quota = store, publisher, quota
        self.behaviour, self.faults = Behaviour(), Faults()
        self._sets = sets
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "SendEmail": self._send,
            "SendBulkEmail": self._send_bulk,
            "GetAccount": self._account,
            "CreateEmailIdentity": self._create_identity,
            "GetEmailIdentity": self._identity,
            "DeleteEmailIdentity": self._delete_identity,
            "CreateTenant": self._create_tenant,
        }

    def answer(self, call: Call) -> dict[str, Any]:
        """SES's answer to a call. Raises SesError."""
        return self._operations[call.operation](call.parameters)

    def throttled(self, call: Call) -> dict[str, Any]:
        """The answer to a bulk call whose entries are all throttled."""
        entries = call.parameters.get("BulkEmailEntries", ())
        return _refused(len(entries), STATUSES[Refusal.THROTTLED])

    def _send(self, parameters: dict[str, Any]) -> dict[str, Any]:
        message = sending.single(parameters)
        if not self._check(message):
            raise SesError(
                "NotFoundException", f"Configuration set <{message.configuration_set}> does not exist."
            )
        if refusal := self.quota.take(len(message.recipients)):
            text = DAILY if refusal is Refusal.DAILY else TOO_FAST
            raise SesError("TooManyRequestsException", text)
        (accepted,) = self._accept([message])
        return {"MessageId": accepted.message_id}

    def _send_bulk(self, parameters: dict[str, Any]) -> dict[str, Any]:
        outcomes = sending.bulk(parameters)
        good = [outcome for outcome in outcomes if isinstance(outcome, Message)]
        if good and not self._check(good[0]):
            error = f"Configuration set <{good[0].configuration_set}> does not exist."
            return _refused(len(outcomes), "CONFIGURATION_SET_NOT_FOUND", error)
        if refusal := self.quota.take(sum(len(message.recipients) for message in good)) if good else None:
            return _refused(len(outcomes), STATUSES[refusal], DAILY if refusal is Refusal.DAILY else TOO_FAST)
        accepted = iter(self._accept(good))
        results = [
            {"Status": "SUCCESS", "MessageId": next(accepted).message_id}
            if isinstance(outcome, Message)
            else {"Status": "INVALID_PARAMETER", "Error": outcome}
            for outcome in outcomes
        ]
        return {"BulkEmailEntryResults": results}

    def _check(self, message: Message) -> bool:
        """Whether the message's configuration set exists, if it names one. Raises SesError."""
        check_sender(self.store.identities(), message.source, REGION)
        if message.tenant and message.tenant not in self.store.tenants():
            raise SesError("NotFoundException", f"Tenant {message.tenant} does not exist.")
        name = message.configuration_set
        return not name or self._sets.destinations(name) is not None

    def _accept(self, messages: Sequence[Message]) -> list[Message]:
        now = time.time()
        accepted = [replace(message, accepted_at=now, message_id=new_id(now)) for message in messages]
        self.store.accept(accepted, [event for message in accepted for event in self._events(message)])
        self.publisher.wake()
        return accepted

    def _events(self, message: Message) -> list[WaitingEvent]:
        """The message's events; without a configuration set, nobody is told."""
        if not message.configuration_set:
            return []
        return [
            WaitingEvent(
                due=message.accepted_at + event.after,
                configuration_set=message.configuration_set,
                kind=event.kind,
                body=json.dumps(event.body),
            )
            for event in events_of(message, self.behaviour)
        ]

    def _account(self, _: dict[str, Any]) -> dict[str, Any]:
        quota = self.quota
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "SendQuota": {
                "Max24HourSend": float(quota.per_day),
                "MaxSendRate": float(quota.per_second),
                "SentLast24Hours": float(quota.sent()),
            },
        }

    def _create_identity(self, parameters: dict[str, Any]) -> dict[str, Any]:
        identity = parameters["EmailIdentity"].lower()
        if identity in self.store.identities():
            raise SesError("AlreadyExistsException", f"Email identity {identity} already exist.")
        self.store.put_identity(
            identity, verified=verifies_at_once(identity), tags=parameters.get("Tags", [])
        )
        return self._identity(parameters)

    def _identity(self, parameters: dict[str, Any]) -> dict[str, Any]:
        identity = parameters["EmailIdentity"].lower()
        verified = self.store.identities().get(identity)
        if verified is None:
            raise SesError("NotFoundException", f"Email identity {identity} does not exist.")
        is_address = "@" in identity
        tokens = [] if is_address else [f"{number}{identity.replace('.', '')[:20]}" for number in range(1, 4)]
        return {
            "IdentityType": "EMAIL_ADDRESS" if is_address else "DOMAIN",
            "VerifiedForSendingStatus": verified,
            "VerificationStatus": "SUCCESS" if verified else "PENDING",
            "FeedbackForwardingStatus": True,
            "Tags": self.store.tags_of_identity(identity),
            "DkimAttributes": {
                "SigningEnabled": not is_address,
                "Status": "NOT_STARTED" if is_address else "SUCCESS" if verified else "PENDING",
                "Tokens": tokens,
                "SigningAttributesOrigin": "AWS_SES",
            },
        }

    def _delete_identity(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self._identity(parameters)
        self.store.delete_identity(parameters["EmailIdentity"].lower())
        return {}

    def _create_tenant(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name = parameters["TenantName"]
        if name in self.store.tenants():
            raise SesError("AlreadyExistsException", f"Tenant {name} already exists.")
        self.store.put_tenant(name)
        return {"TenantName": name, "SendingStatus": "ENABLED"}


def _refused(entries: int, status: str, error: str = TOO_FAST) -> dict[str, Any]:
    return {"BulkEmailEntryResults": [{"Status": status, "Error": error}] * entries}

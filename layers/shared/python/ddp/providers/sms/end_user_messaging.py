"""AWS End User Messaging: one SendTextMessage per message, up to 32 of them at the same time.

The call is not idempotent, and boto3's own retries repeat it after a read time-out: they are switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from ddp import settings
from ddp.outcomes import Outcome
from ddp.providers.sms.base import Message
from ddp.providers.sms.meanings import SOON, meaning_of
from ddp.providers.transport import Answer, Quota

SERVICE = "pinpoint-sms-voice-v2"

# Messages of one call of `send`: so many can be unknown after a crash.
WAVE = 32
CONNECT_SECONDS = 3
READ_SECONDS = 30

# Seconds that a message may still be valid for: what the provider takes.
SHORTEST_LIFE, LONGEST_LIFE = 5, 259_200

# Nothing was sent: there was no connection, or no credentials to sign the request with.
_NEVER_SENT = (
    EndpointConnectionError,
    ConnectTimeoutError,
    ProxyConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)


class EndUserMessagingTransport:
    """The service in one Region. Events come from the configuration set: without it no delivery is ever known."""

    longest_call = CONNECT_SECONDS + READ_SECONDS + 2.0

    def __init__(
        self,
        client: Any,
        *,
        configuration_set: str,
        protect_configuration: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._protect_configuration = protect_configuration
        self._now = now

    def fitting(self, messages: Sequence[Message]) -> int:
        """All of them, up to 32."""
        return min(len(messages), WAVE)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """One provider call per message, all at the same time, each with its own answer."""
        if len(messages) == 1:
            return [self._send(messages[0])]
        # Threads of its own: those of another wave that is under way would make this one last longer than a call.
        with ThreadPoolExecutor(len(messages), thread_name_prefix="sms") as threads:
            return list(threads.map(self._send, messages))

    def quota(self) -> Quota | None:
        """None: each origination identity has its own rate (ddp.providers.sms.account)."""
        return None

    def _send(self, message: Message) -> Answer:
        life = int((message.expires_at - self._now()).total_seconds())
        if life < SHORTEST_LIFE:
            # Its window closes now. It may open again before the message is late: the next claim decides.
            return Answer(
                outcome=Outcome.RETRY,
                code="too-late",
                reason="It was too late to send the message: no call was made.",
                later=SOON,
            )
        try:
            answer = self._client.send_text_message(**self._request(message, life))
        except (BotoCoreError, ClientError) as error:
            return classify(error)
        except Exception as error:  # noqa: BLE001  # the answers to the wave's other messages must not be lost
            return _unknown(type(error).__name__, f"The call failed: {error}")
        # A proxy may answer in place of the service, without the field that the API promises.
        if message_id := answer.get("MessageId"):
            return Answer(outcome=Outcome.ACCEPTED, message_id=message_id)
        return _unknown("no-message-id", "The provider named no message id.")

    def _request(self, message: Message, life: int) -> dict[str, Any]:
        request: dict[str, Any] = {
            "DestinationPhoneNumber": message.recipient,
            "OriginationIdentity": message.origin,
            "MessageBody": message.body,
            "MessageType": message.message_type.upper(),
            "ConfigurationSetName": self._configuration_set,
            "ProtectConfigurationId": self._protect_configuration,
            "MaxPrice": message.price_limit(),
            "TimeToLive": min(life, LONGEST_LIFE),
            "Context": dict(message.tags),
        }
        if message.country_parameters:
            request["DestinationCountryParameters"] = dict(message.country_parameters)
        return request


def classify(error: BotoCoreError | ClientError) -> Answer:
    """What an exception of a call means for its message: RETRY only if the message was certainly not accepted."""
    if isinstance(error, ClientError):
        return _of_client_error(error)
    if isinstance(error, ParamValidationError):
        return Answer(outcome=Outcome.FAILED, code="invalid-request", reason=_short(str(error)))
    if isinstance(error, _NEVER_SENT):
        return Answer(outcome=Outcome.RETRY, code="not-reached", reason=_short(str(error)), later=SOON)
    # Read time-outs, dropped connections, unreadable answers, and any error that botocore may add.
    return _unknown(type(error).__name__, f"The connection to the provider was lost: {error}")


def _of_client_error(error: ClientError) -> Answer:
    response: dict[str, Any] = dict(error.response)
    code, text = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    reason = response.get("Reason") or response.get("ResourceType")
    meaning = meaning_of(code, reason, response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = ": ".join(filter(None, (reason, text)))
    return Answer(
        outcome=meaning.outcome,
        code=meaning.code,
        reason=_short(f"{meaning.sentence} The provider said: {said}" if said else meaning.sentence),
        slow_down=meaning.slow_down,
        later=meaning.later,
    )


def _unknown(code: str, reason: str) -> Answer:
    return Answer(outcome=Outcome.UNKNOWN, code=code[:50], reason=_short(reason))


def _short(text: str) -> str:
    return text[:500]


def from_environment() -> EndUserMessagingTransport:
    """The service in the function's own Region."""
    client = boto3.client(
        SERVICE,  # type: ignore[call-overload]  # its stubs are not installed
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            # One connection for each call in flight, of several waves.
            max_pool_connections=4 * WAVE,
        ),
    )
    return EndUserMessagingTransport(
        client,
        configuration_set=settings.required("DDP_SMS_CONFIGURATION_SET"),
        protect_configuration=settings.required("DDP_SMS_PROTECT_CONFIGURATION"),
    )

"""Amazon SES v2: up to 50 messages in a SendBulkEmail, or one with SendEmail where it is large or has attachments.

Neither call is idempotent, and boto3's own retries repeat a call after a read time-out: they are switched off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

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
from ddp.errors import Transient
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Quota

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import (
        BulkEmailEntryTypeDef,
        EmailTemplateContentTypeDef,
        MessageTagTypeDef,
    )

# Limits of SendBulkEmail: entries, bytes of one entry's data, bytes of the request (1 MB with its other fields).
ENTRIES = 50
ENTRY_BYTES = 262_144
CALL_BYTES = 1_000_000

CONNECT_SECONDS = 3
READ_SECONDS = 30

# Placeholders alone: SES's own templating never sees a customer's text. Two braces do not escape HTML here: in bulk
# templates SES inserts values as they are.
TEMPLATE: EmailTemplateContentTypeDef = {"Subject": "{{s}}", "Html": "{{h}}", "Text": "{{t}}"}

_RETRY_SOON = 5.0
_RETRY_LATER = 300.0


def _failed(code: str, reason: str) -> Answer:
    return Answer(outcome=Outcome.FAILED, code=code, reason=reason)


def _retry(code: str, reason: str, later: float, *, slow_down: bool = False) -> Answer:
    return Answer(outcome=Outcome.RETRY, code=code, reason=reason, later=later, slow_down=slow_down)


# What SES's status of one entry of a bulk call means. `_of_entry` handles SUCCESS.
_STATUSES: dict[str, Callable[[str, str], Answer]] = {
    "MESSAGE_REJECTED": _failed,
    "INVALID_PARAMETER": _failed,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": _failed,
    "TEMPLATE_NOT_FOUND": _failed,
    "INVALID_SENDING_POOL_NAME": _failed,
    # The account or the deployment is at fault, not the message: these wait until someone has corrected it.
    "CONFIGURATION_SET_NOT_FOUND": lambda c, r: _retry(c, r, _RETRY_LATER),
    "CONFIGURATION_SET_SENDING_PAUSED": lambda c, r: _retry(c, r, _RETRY_LATER),
    "ACCOUNT_SUSPENDED": lambda c, r: _retry(c, r, _RETRY_LATER, slow_down=True),
    "ACCOUNT_SENDING_PAUSED": lambda c, r: _retry(c, r, _RETRY_LATER, slow_down=True),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": lambda c, r: _retry(c, r, _RETRY_LATER, slow_down=True),
    "ACCOUNT_THROTTLED": lambda c, r: _retry(c, r, 0, slow_down=True),
    "TRANSIENT_FAILURE": lambda c, r: _retry(c, r, _RETRY_SOON),
    "FAILED": _failed,
}

# What SES's error codes mean for all messages of a call. Other codes: see `_of_exception`.
_EXCEPTIONS: dict[str, Callable[[str, str], Answer]] = {
    "MessageRejected": _failed,
    "MailFromDomainNotVerifiedException": _failed,
    "BadRequestException": _failed,
    "NotFoundException": lambda c, r: _retry(c, r, _RETRY_LATER),
    "AccountSuspendedException": lambda c, r: _retry(c, r, _RETRY_LATER, slow_down=True),
    "SendingPausedException": lambda c, r: _retry(c, r, _RETRY_LATER, slow_down=True),
    # Only the text tells "Maximum sending rate exceeded" from "Daily message quota exceeded".
    "TooManyRequestsException": lambda c, r: _retry(c, r, _quota_wait(r), slow_down=True),
    "LimitExceededException": lambda c, r: _retry(c, r, _quota_wait(r), slow_down=True),
    "ThrottlingException": lambda c, r: _retry(c, r, _quota_wait(r), slow_down=True),
    "Throttling": lambda c, r: _retry(c, r, _quota_wait(r), slow_down=True),
}

# Nothing was sent: there was no connection, or no credentials to sign the request with.
_NEVER_SENT = (
    EndpointConnectionError,
    ConnectTimeoutError,
    ProxyConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)


class SesTransport:
    """SES in one Region. Events come from the configuration set: without it no delivery is ever known."""

    longest_call = CONNECT_SECONDS + READ_SECONDS + 2.0

    def __init__(self, client: SESV2Client, *, configuration_set: str, bulk_size: int = ENTRIES) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._bulk_size = max(1, min(bulk_size, ENTRIES))

    def fitting(self, messages: Sequence[Message]) -> int:
        """How many fit into a bulk call: small ones without attachments that share sender and reply-to."""
        first = messages[0]
        count = total = 0
        for message in messages[: self._bulk_size]:
            size = _bytes(message)
            if _is_single(message, size) or _common(message) != _common(first) or total + size > CALL_BYTES:
                break
            count, total = count + 1, total + size
        return max(count, 1)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """Uses SendEmail for a message that is large or has attachments, SendBulkEmail for all others."""
        try:
            if len(messages) == 1 and _is_single(messages[0], _bytes(messages[0])):
                return [self._send_one(messages[0])]
            return self._send_bulk(messages)
        except (BotoCoreError, ClientError) as error:
            return [classify(error)] * len(messages)

    def quota(self) -> Quota:
        """From GetAccount. A daily quota of -1 means no limit; an account that may not send has nothing left."""
        try:
            account = self._client.get_account()
        except (BotoCoreError, ClientError) as error:
            raise Transient(f"could not read the quota of SES: {error}") from error
        quota = account.get("SendQuota", {})
        daily = quota.get("Max24HourSend", 0.0)
        left = None if daily < 0 else max(daily - quota.get("SentLast24Hours", 0.0), 0.0)
        if not account.get("SendingEnabled", True):
            left = 0.0
        return Quota(per_second=max(quota.get("MaxSendRate", 1.0), 0.1), daily_left=left)

    def _send_bulk(self, messages: Sequence[Message]) -> list[Answer]:
        first = messages[0]
        answer = self._client.send_bulk_email(
            **self._shared_fields(first),
            DefaultContent={
                "Template": {"TemplateContent": TEMPLATE, "TemplateData": '{"s":"","h":"","t":""}'}
            },
            BulkEmailEntries=[_entry(message) for message in messages],
        )
        # A proxy may answer in place of SES, without the fields that the API promises.
        results = answer.get("BulkEmailEntryResults", [])
        answers = [_of_entry(cast("dict[str, Any]", result)) for result in results[: len(messages)]]
        # An entry without a result may have been accepted.
        missing = _unknown("no-result", "SES named no result.")
        return [*answers, *([missing] * (len(messages) - len(answers)))]

    def _send_one(self, message: Message) -> Answer:
        content: dict[str, Any] = {
            "Subject": _utf8(message.subject),
            "Body": {"Html": _utf8(message.html), "Text": _utf8(message.text)},
            "Headers": [{"Name": name, "Value": value} for name, value in message.headers.items()],
        }
        if message.attachments:
            content["Attachments"] = [
                {"FileName": a.file_name, "ContentType": a.content_type, "RawContent": a.content}
                for a in message.attachments
            ]
        answer = self._client.send_email(
            **self._shared_fields(message),
            Destination={"ToAddresses": [str(message.recipient)]},
            Content={"Simple": content},  # type: ignore[typeddict-item]
            EmailTags=_tags(message),
        )
        message_id = answer.get("MessageId")
        if not message_id:
            return _unknown("no-result", "SES named no message id.")
        return Answer(outcome=Outcome.ACCEPTED, message_id=message_id)

    def _shared_fields(self, message: Message) -> dict[str, Any]:
        """Request fields common to SendEmail and SendBulkEmail."""
        fields: dict[str, Any] = {"FromEmailAddress": str(message.sender)}
        if self._configuration_set:
            fields["ConfigurationSetName"] = self._configuration_set
        if message.reply_to:
            fields["ReplyToAddresses"] = [str(mailbox) for mailbox in message.reply_to]
        return fields


def classify(error: BotoCoreError | ClientError) -> Answer:
    """What an error of a whole call proves about its messages."""
    if isinstance(error, ClientError):
        return _of_exception(error)
    if isinstance(error, ParamValidationError):
        return _failed("invalid-request", _short(str(error)))
    if isinstance(error, _NEVER_SENT):
        return _retry("not-reached", _short(str(error)), _RETRY_SOON)
    # Read time-outs, dropped connections, unreadable answers, and any error that botocore may add.
    return _unknown(type(error).__name__, f"The connection to SES was lost: {_short(str(error))}")


def _of_exception(error: ClientError) -> Answer:
    code, reason = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if known := _EXCEPTIONS.get(code):
        return known(code, _short(reason))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 429:
        return _retry(code, _short(reason), _RETRY_SOON, slow_down=True)
    if 400 <= status < 500:
        # Signature, permissions, clock: the deployment must be corrected; the messages are still good.
        return _retry(code, _short(reason), _RETRY_LATER)
    return _unknown(code or str(status), f"SES answered {status}: {_short(reason)}")


def _of_entry(result: dict[str, Any]) -> Answer:
    status, reason = result.get("Status", ""), _short(result.get("Error") or result.get("Status", ""))
    if status == "SUCCESS":
        return Answer(outcome=Outcome.ACCEPTED, message_id=result.get("MessageId"))
    if result.get("MessageId"):
        return Answer(outcome=Outcome.ACCEPTED, message_id=result["MessageId"], code=status, reason=reason)
    known = _STATUSES.get(status)
    return known(status, reason) if known else _unknown(status or "no-status", reason)


def _unknown(code: str, reason: str) -> Answer:
    return Answer(outcome=Outcome.UNKNOWN, code=code[:50], reason=reason)


def _quota_wait(reason: str) -> float:
    return _RETRY_LATER if "daily" in reason.lower() else 0.0


def _short(text: str) -> str:
    return text[:500]


def _is_single(message: Message, size: int) -> bool:
    return bool(message.attachments) or size > ENTRY_BYTES


def _common(message: Message) -> tuple[object, ...]:
    """What the messages of a bulk call must have in common."""
    return message.sender, message.reply_to


def _data(message: Message) -> str:
    return json.dumps({"s": message.subject, "h": message.html, "t": message.text}, ensure_ascii=False)


def _bytes(message: Message) -> int:
    """Bytes of an entry in the request, roughly: its data is JSON text, quoted once more in the JSON of the request."""
    return len(json.dumps(_data(message), ensure_ascii=False).encode()) + 1024


def _entry(message: Message) -> BulkEmailEntryTypeDef:
    return {
        "Destination": {"ToAddresses": [str(message.recipient)]},
        "ReplacementTags": _tags(message),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": _data(message)}},
        "ReplacementHeaders": [{"Name": name, "Value": value} for name, value in message.headers.items()],
    }


def _tags(message: Message) -> list[MessageTagTypeDef]:
    return [{"Name": name, "Value": value} for name, value in message.tags.items()]


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def from_environment() -> SesTransport:
    """SES in the function's own Region."""
    client = boto3.client(
        "sesv2",
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            # One connection for each call in flight.
            max_pool_connections=32,
        ),
    )
    return SesTransport(
        client,
        configuration_set=settings.required("DDP_EMAIL_CONFIGURATION_SET"),
        bulk_size=int(settings.optional("DDP_EMAIL_BULK_SIZE", str(ENTRIES))),
    )

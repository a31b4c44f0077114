"""What each error of SendTextMessage means for the message, as data. Other calls of the service have other errors."""

from __future__ import annotations

from dataclasses import dataclass

from ddp.outcomes import Outcome

SOON = 5.0
# Someone has to correct the account or the deployment first.
LATER = 300.0
# A monthly limit ends with the month, or when somebody raises it.
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an error means. `code` and `sentence` are ours; the others are those of Answer."""

    outcome: Outcome
    code: str
    sentence: str
    later: float = 0
    slow_down: bool = False


def _failed(code: str, sentence: str) -> Meaning:
    return Meaning(outcome=Outcome.FAILED, code=code, sentence=sentence)


def _retry(code: str, sentence: str, later: float, *, slow_down: bool = False) -> Meaning:
    return Meaning(outcome=Outcome.RETRY, code=code, sentence=sentence, later=later, slow_down=slow_down)


_COUNTRY_BLOCKED = _failed("country-blocked", "The account does not send to this country.")
_SENDER_UNFIT = _failed(
    "sender-unfit-for-country", "The origination identity may not be used for this country."
)
_UNREGISTERED = _failed("sender-not-registered", "The country requires this sender ID to be registered.")
_SENDER_GONE = _failed("sender-gone", "The account no longer has the origination identity.")
_SUSPENDED = _retry("account-suspended", "The provider has suspended the account.", LATER, slow_down=True)

# By error and, within it, by reason; for ResourceNotFoundException by type of resource. None: every other reason. All
# of them but InternalServerException are refusals, so the message was not accepted.
MEANINGS: dict[str, dict[str | None, Meaning]] = {
    "ConflictException": {
        "DESTINATION_PHONE_NUMBER_OPTED_OUT": _failed(
            "opted-out", "The number is on the provider's opt-out list."
        ),
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": _failed(
            "number-not-verified",
            "The account is in the provider's sandbox, which sends to verified numbers only.",
        ),
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": _COUNTRY_BLOCKED,
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": _failed(
            "number-blocked", "The account's protect configuration blocks the number."
        ),
        "MESSAGE_TYPE_MISMATCH": _failed(
            "message-type-mismatch", "The origination identity sends messages of the other type only."
        ),
        "NUMBER_CAPABILITIES_MISMATCH": _failed(
            "sender-cannot-text", "The origination identity cannot send SMS."
        ),
        "NO_ORIGINATION_IDENTITIES_FOUND": _failed(
            "no-sender", "The account has no origination identity for this country."
        ),
        "RESOURCE_NOT_ACTIVE": _retry(
            "sender-not-active", "The origination identity is not active yet.", LATER
        ),
        "REGISTRATION_NOT_COMPLETE": _retry(
            "registration-not-complete",
            "The registration of the origination identity is not complete.",
            LATER,
        ),
        None: _retry("conflict", "The account's settings do not allow the call.", LATER),
    },
    "ValidationException": {
        "PRICE_OVER_THRESHOLD": _failed("price-too-high", "The message costs more than was reserved for it."),
        "SENDER_ID_REQUIRES_REGISTRATION": _UNREGISTERED,
        "SENDER_ID_NOT_REGISTERED": _UNREGISTERED,
        "SENDER_ID_NOT_SUPPORTED": _failed("sender-id-not-supported", "The country allows no sender IDs."),
        "COUNTRY_NOT_ENABLED": _COUNTRY_BLOCKED,
        "DESTINATION_COUNTRY_BLOCKED": _COUNTRY_BLOCKED,
        "COUNTRY_CODE_MISMATCH": _SENDER_UNFIT,
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": _SENDER_UNFIT,
        "INTERNATIONAL_SENDING_NOT_SUPPORTED": _SENDER_UNFIT,
        "MAXIMUM_SIZE_EXCEEDED": _failed("too-long", "The text is longer than the provider takes."),
        "RESOURCE_NOT_ACCESSIBLE": _retry(
            "sender-not-accessible", "The account may not use the origination identity.", LATER
        ),
        "CHANNEL_NOT_ENABLED": _retry("channel-not-enabled", "SMS is not enabled for the account.", LATER),
        None: _failed("invalid-request", "The provider did not accept the request's values."),
    },
    "ServiceQuotaExceededException": {
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": _retry(
            "provider-spend-limit",
            "The account has reached the provider's monthly spend limit for SMS.",
            HOUR,
            slow_down=True,
        ),
        None: _retry(
            "provider-quota", "The account has reached a quota of the provider.", LATER, slow_down=True
        ),
    },
    "AccessDeniedException": {
        "ACCOUNT_DISABLED": _SUSPENDED,
        "INSUFFICIENT_ACCOUNT_REPUTATION": _SUSPENDED,
        None: _retry("access-denied", "The deployment may not send SMS.", LATER),
    },
    "ResourceNotFoundException": {
        "phone-number": _SENDER_GONE,
        "sender-id": _SENDER_GONE,
        "pool": _SENDER_GONE,
        None: _retry("not-found", "Something that the deployment needs is missing in the account.", LATER),
    },
    "ThrottlingException": {
        None: _retry("throttled", "The origination identity has reached its rate.", 0, slow_down=True)
    },
    "InternalServerException": {
        None: Meaning(
            outcome=Outcome.UNKNOWN,
            code="provider-error",
            sentence="The provider failed; the message may have been accepted.",
        )
    },
}


def meaning_of(error: str, reason: str | None, status: int) -> Meaning:
    """What an error means. `reason`: its reason or type of resource. `status`: the HTTP status."""
    if known := MEANINGS.get(error):
        return known.get(reason) or known[None]
    if status == 429:
        return _retry(error[:50] or "429", "The provider refused the call for now.", SOON, slow_down=True)
    if 400 <= status < 500:
        # Signature, permissions, clock: the deployment must be corrected; the message is still good.
        return _retry(error[:50] or str(status), "The provider refused the call.", LATER)
    return Meaning(
        outcome=Outcome.UNKNOWN, code=error[:50] or str(status), sentence=f"The provider answered {status}."
    )

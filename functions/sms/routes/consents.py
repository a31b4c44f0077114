"""Routes for consent to promotional SMS. A number is in the body, never in the URL, because URLs are logged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg import Cursor
from psycopg.rows import DictRow

from ddp import edge, idempotency, pagination
from ddp.addresses import phone_hash
from ddp.errors import Invalid
from ddp.queries.listing import Asked
from ddp.queries.sms import consents
from functions.sms.phones import numbers
from functions.sms.registers import consent_file
from functions.sms.registers import consents as models

router = edge.router()

_REASONS: Final = {
    "in-the-future": "This consent was given in the future.",
    "too-early": "This consent was given before 1990: before there were SMS.",
    "withdrawn-later": "This person withdrew after this consent was given, so it no longer holds.",
}
# What the clock of whoever writes the request may be ahead.
_AHEAD: Final = timedelta(minutes=1)
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)

CSV_ROWS: Final = 1_000
_CSV: Final = "text/csv"
_CONTENT: Final[Any] = {
    "application/json": {"model": models.PhoneConsents},
    _CSV: {"schema": {"type": "string"}},
}


@router.post("/phone-consents", tags=["Phone consents"], operation_id="recordPhoneConsents", status_code=201)
def record(
    body: models.ConsentsRequest, idempotency_key: idempotency.Key = None
) -> Response[models.ConsentsRecorded]:
    """Record that people agreed to promotional SMS of the caller.

    Entries that cannot be used are reported, and the others recorded. Harmless when repeated. A person who has
    said stop gets no messages all the same: only the person can take that back.
    """
    return idempotency.once(router, idempotency_key, lambda cursor: _recorded(cursor, body))


@router.post("/phone-consents/check", tags=["Phone consents"], operation_id="checkPhoneConsent")
def check(body: models.PhoneRequest) -> models.ConsentCheck:
    """Check whether a person agreed to the caller's promotional SMS, and how that is known."""
    hashed = phone_hash(_number(body.phone, body.default_country).e164)
    with edge.as_caller(router) as cursor:
        rows = consents.of_phone(cursor, hashed)
    has_consent = any(row["is_own"] and row["ended_at"] is None for row in rows)
    return models.ConsentCheck.model_validate({"has_consent": has_consent, "history": rows})


@router.post("/phone-consents/withdrawals", tags=["Phone consents"], operation_id="withdrawPhoneConsents")
def withdraw(body: models.PhonesRequest) -> models.ConsentsWithdrawn:
    """End people's consent to promotional SMS of the caller, because they said so outside of SMS.

    Sends that only declare consent go on: to stop all messages to somebody, suppress the number. Harmless when
    repeated.
    """
    hashes, rejected = [], []
    for position, phone in enumerate(body.phones):
        try:
            hashes.append(phone_hash(numbers.read(phone, default=body.default_country or "").e164))
        except numbers.NumberError as error:
            rejected.append(models.RejectedNumber(position=position, code=error.code, reason=error.reason))
    withdrawn = 0
    with edge.as_caller(router) as cursor:
        if hashes:
            withdrawn = consents.withdraw(cursor, hashes)
    return models.ConsentsWithdrawn(withdrawn=withdrawn, rejected=rejected)


@router.get(
    "/phone-consents",
    tags=["Phone consents"],
    operation_id="listPhoneConsents",
    responses={200: {"description": "The consents.", "content": _CONTENT}},
)
def list_consents(
    is_standing: Annotated[
        bool | None, Query(description="true: only those that stand; false: only ended ones.")
    ] = None,
    owner_user_id: Annotated[
        UUID | None, Query(description="Only for admins: consents to this account's messages.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> Response[models.PhoneConsents | str]:
    """List consents to the caller's promotional SMS, newest first.

    Numbers are stored as hashes and cannot be shown. With `Accept: text/csv`: the next 1,000, whatever the limit; the
    header `X-Next-Cursor` leads to those that follow.
    """
    is_file = _CSV in router.current_event.headers.get("accept", "").lower()
    asked = Asked(limit=CSV_ROWS if is_file else limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = consents.page(
            transaction, asked, owner_user_id=owner_user_id, is_standing=is_standing
        )
    if is_file:
        return _file(rows, next_cursor)
    page = models.PhoneConsents.model_validate({"items": rows, "next_cursor": next_cursor})
    return Response(200, content_type="application/json", body=page)


def _file(rows: list[DictRow], next_cursor: str | None) -> Response[Any]:
    following = {"X-Next-Cursor": next_cursor} if next_cursor else {}
    return Response(
        200, content_type=f"{_CSV}; charset=utf-8", body=consent_file.text(rows), headers=following
    )


def _recorded(cursor: Cursor[DictRow], body: models.ConsentsRequest) -> models.ConsentsRecorded:
    rejected: list[models.RejectedConsent] = []
    usable: list[tuple[int, dict[str, Any]]] = []
    for position, consent in enumerate(body.consents):
        try:
            usable.append((position, _hashed(consent, body.default_country)))
        except numbers.NumberError as error:
            rejected.append(models.RejectedConsent(position=position, code=error.code, reason=error.reason))
        except _NotUsable as error:
            rejected.append(_rejected(position, error.code))
    outcomes = consents.record(cursor, [given for _, given in usable], body.file_id) if usable else []
    for (position, _), outcome in zip(usable, outcomes, strict=True):
        if outcome == "ended":
            rejected.append(_rejected(position, "withdrawn-later"))
    return models.ConsentsRecorded(
        recorded=outcomes.count("recorded"),
        already_standing=outcomes.count("standing"),
        rejected=sorted(rejected, key=lambda each: each.position),
    )


class _NotUsable(Exception):
    """The consent cannot be recorded; `code` is a key of _REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _hashed(consent: models.ConsentRequest, default_country: str | None) -> dict[str, Any]:
    """The consent with the hash of its number. Raises NumberError, _NotUsable."""
    number = numbers.read(consent.phone, default=default_country or "")
    if consent.given_at > datetime.now(UTC) + _AHEAD:
        raise _NotUsable("in-the-future")
    if consent.given_at < _EARLIEST:
        raise _NotUsable("too-early")
    values = consent.model_dump(mode="json", exclude={"phone"})
    return values | {"phone_hash": phone_hash(number.e164).hex()}


def _rejected(position: int, code: str) -> models.RejectedConsent:
    return models.RejectedConsent(position=position, code=code, reason=_REASONS[code])


def _number(phone: str, default_country: str | None) -> numbers.Number:
    try:
        return numbers.read(phone, default=default_country or "")
    except numbers.NumberError as error:
        raise Invalid(error.reason, code=error.code) from None

"""The provider's opt-out list (DDP_SMS_OPT_OUT_LIST). It mirrors ours, which is the authority."""

from __future__ import annotations

from typing import Any

from ddp import settings
from ddp.errors import Permanent
from ddp.providers.sms.calls import call, reason_of

PAGE = 100


def _list() -> str:
    return settings.required("DDP_SMS_OPT_OUT_LIST")


def put(phone: str) -> None:
    """Add a number in E.164; harmless when repeated. Raises Transient; Permanent if the list does not take it."""
    call("put_opted_out_number", OptOutListName=_list(), OptedOutNumber=phone)


def delete(phone: str) -> None:
    """Remove a number; harmless when repeated.

    Raises Transient; Permanent if the provider refuses: it gives a number back once in 30 days.
    """
    try:
        call("delete_opted_out_number", OptOutListName=_list(), OptedOutNumber=phone)
    except Permanent as error:
        if reason_of(error) != "ResourceNotFoundException" or not _is_number(error):
            raise


def pages(next_token: str | None = None) -> tuple[list[str], str | None]:
    """One page of at most 100 numbers, and the token of the next page; None: this is the last page.

    The provider takes one call per second. Raises Transient; Permanent, also for a token that is too old.
    """
    token = {"NextToken": next_token} if next_token else {}
    answer = call("describe_opted_out_numbers", OptOutListName=_list(), MaxResults=PAGE, **token)
    phones = [each["OptedOutNumber"] for each in answer.get("OptedOutNumbers", ())]
    return phones, answer.get("NextToken")


def _is_number(error: Permanent) -> bool:
    """Whether it is the number that is missing, and not the list."""
    response: dict[str, Any] = getattr(error.__cause__, "response", {})
    return response.get("ResourceType") == "opted-out-number"

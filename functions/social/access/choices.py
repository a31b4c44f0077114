"""The accounts that a person may connect after consent, as they are kept and shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ddp.errors import Conflict, Invalid
from ddp.providers.social import persons, rules
from ddp.providers.social.base import FoundAccount

# Characters of all choices together, as JSON: their column takes a little more.
_MOST_CHARACTERS = 200_000
_LONGEST_TEXT = 255
_LONGEST_REASON = 500

Choice = Mapping[str, Any]


def of(found: Sequence[FoundAccount]) -> list[Choice]:
    """The choices, without their tokens; if a person has very many accounts, the first ones."""
    made: list[Choice] = []
    size = 0
    for account in found:
        choice = _choice(account)
        size += len(json.dumps(choice))
        if size > _MOST_CHARACTERS:
            break
        made.append(choice)
    return made


def missing_scopes(platform: str, granted: frozenset[str] | None) -> list[str]:
    """What the person did not allow of what publishing needs; nothing if the platform does not say."""
    if granted is None:
        return []
    return [scope for scope in rules.of(platform)["access"]["scopes"] if scope not in granted]


def same_account(
    found: Sequence[FoundAccount], external_account_id: str | None, handle: str
) -> FoundAccount | None:
    """The account that is connected again; by its handle if it was connected before ids were kept."""
    for account in found:
        if external_account_id is None:
            is_same = account.handle.lstrip("@").casefold() == handle.lstrip("@").casefold()
        else:
            is_same = account.external_account_id == external_account_id
        if is_same:
            return account
    return None


def chosen(choices: Sequence[Choice], external_account_ids: Sequence[str]) -> list[Choice]:
    """Those that the person names. Raises Invalid for one that is not there, Conflict for one that lacks something."""
    by_id = {choice["external_account_id"]: choice for choice in choices}
    if unknown := [given for given in external_account_ids if given not in by_id]:
        raise Invalid(
            "external_account_ids: name accounts that the connection lists.",
            code="unknown-choice",
            extra={"external_account_ids": unknown[:10]},
        )
    wanted = [by_id[given] for given in dict.fromkeys(external_account_ids)]
    for choice in wanted:
        if choice["lacks"]:
            raise Conflict(
                f"“{choice['name']}” cannot be connected yet. {' '.join(choice['lacks'])}",
                code="account-lacks",
                extra={"external_account_id": choice["external_account_id"]},
            )
    return wanted


def with_accounts(choices: Sequence[Choice], account_ids: Mapping[str, UUID]) -> list[Choice]:
    """The choices, with the ids of those that were connected (by the platform's ids)."""
    return [
        {**choice, "account_id": account_ids.get(choice["external_account_id"], choice["account_id"])}
        for choice in choices
    ]


def _choice(account: FoundAccount) -> Choice:
    return {
        "external_account_id": account.external_account_id[:_LONGEST_TEXT],
        "account_kind": account.kind,
        "account_handle": text(account.handle),
        "name": text(account.name) or text(account.handle),
        "lacks": [text(sentence, _LONGEST_REASON) for sentence in account.lacks],
        # Pages have tokens of their own: they are asked for again when the page is chosen.
        "has_own_token": account.access_token is not None,
        "account_id": None,
        "person_hash": persons.hashed(account.person_id).hex() if account.person_id else None,
    }


def text(given: str, longest: int = _LONGEST_TEXT) -> str:
    """What a platform says, on one line, and storable."""
    return "".join(c if c.isprintable() else " " for c in given).strip()[:longest]

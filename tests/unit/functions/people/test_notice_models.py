"""The causes of notices that the API documents are those that the database writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from functions.people.notice_models import CAUSES, Notice

SCHEMA = Path(__file__).parents[4] / "schema"
# A cause stands beside the word, or in a call of the functions that make notices.
WRITTEN = re.compile(r"'cause', |ddp\.(?:social|approval)_notice\(")
CAUSE = re.compile(r"'([a-z]+(?:-[a-z]+)*-?)'")


def test_the_api_names_every_cause_that_the_database_writes() -> None:
    written = {
        cause
        for path in (SCHEMA / "functions").rglob("*.sql")
        for statement in statements(path.read_text())
        for cause in causes(statement)
    }
    assert written == set(CAUSES)


def test_every_cause_is_documented() -> None:
    described = Notice.model_fields["cause"].description or ""
    assert [cause for cause in CAUSES if f"`{cause}`: " not in described] == []


def statements(text: str) -> Iterator[str]:
    """What follows each place that writes a cause, up to the end of its arguments."""
    code = re.sub(r"--.*", "", text)
    for found in WRITTEN.finditer(code):
        yield arguments(code[found.end() :])


def arguments(code: str) -> str:
    """Up to the parenthesis that closes what was open before."""
    depth = 0
    for at, letter in enumerate(code):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return code[:at]
    return code


def causes(statement: str) -> Iterator[str]:
    for name in CAUSE.findall(statement):
        if name.endswith("-"):  # 'fund-claim-' || the state
            yield from (name + state for state in claim_states())
        elif "-" in name:
            yield name


def claim_states() -> list[str]:
    made = (SCHEMA / "migrations" / "0310_campaign_funds.sql").read_text()
    (states,) = re.findall(r"create type public\.fund_claim_state as enum \(([^)]*)\)", made)
    return re.findall(r"'(\w+)'", states)

"""Every alarm has an entry in the runbooks, and every entry an alarm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.capabilities.watching.database import watched_of
from infra.constructs.monitoring import RUNBOOKS
from infra.settings import DatabaseKind
from tests.infra.assembly import RUNBOOK, resources, text

PAGE = Path(__file__).parents[2] / RUNBOOKS
PARTS = ("Means", "Look", "Do", "Redrive")
# Characters that CloudWatch accepts.
LONGEST = 1024


def entries() -> dict[str, str]:
    """The name of each entry, as a heading's anchor is written, and its text."""
    _, *sections = re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)
    return {heading: body for heading, _, body in (section.partition("\n") for section in sections)}


def named(templates: dict[str, dict]) -> Iterator[tuple[str, str | None]]:
    """Each alarm of all stacks, with the entry that its description names."""
    for stack, template in templates.items():
        for id_, resource in template["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                found = RUNBOOK.search(text(resource["Properties"]["AlarmDescription"]))
                yield f"{stack}:{id_}", found and found[1]


# Alarms of databases that AWS runs: test_variants.py finds them in their templates.
OF_DATABASES = {watched.entry for kind in DatabaseKind for watched in watched_of(kind)}


def test_no_alarm_is_without_an_entry(prod, edge) -> None:
    known = entries()
    for assembly in (prod, edge):
        assert [alarm for alarm, entry in named(assembly.templates()) if entry not in known] == []
    assert known.keys() >= OF_DATABASES


def test_no_entry_is_without_an_alarm(edge) -> None:
    """With the edge there is every alarm that there can be, except those of databases that AWS runs."""
    of_supabase = {entry for _, entry in named(edge.templates())}
    assert set(entries()) - of_supabase == OF_DATABASES


def test_entries_have_names_of_their_own() -> None:
    headings = re.findall(r"^### (.*)$", PAGE.read_text(), flags=re.MULTILINE)
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("entry", entries())
def test_an_entry_says_what_it_means_where_to_look_what_to_do_and_what_to_redrive(entry: str) -> None:
    assert tuple(re.findall(r"^- \*\*(\w+):\*\* ", entries()[entry], flags=re.MULTILINE)) == PARTS


def test_cloudwatch_accepts_each_description(service) -> None:
    for id_, alarm in resources(service, "AWS::CloudWatch::Alarm").items():
        assert len(text(alarm["AlarmDescription"])) <= LONGEST, id_

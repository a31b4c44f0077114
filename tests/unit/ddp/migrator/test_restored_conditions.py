"""A condition that went through pg_dump and pg_restore is no difference; another condition still is."""

from __future__ import annotations

import pytest

from ddp.migrator.verification import compare

SHIPPED = "CHECK (((word)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))"
RESTORED = (
    "CHECK (((word)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s'::character varying)::text])))"
)


def differing(expected: str, live: str) -> int:
    name = "constraint c on public.t"
    return len(list(compare({name: {"definition": expected}}, {name: {"definition": live}})))


def test_the_same_words_are_the_same_condition_whichever_way_they_are_cast() -> None:
    assert differing(SHIPPED, RESTORED) == 0
    assert differing(RESTORED, SHIPPED) == 0


@pytest.mark.parametrize(
    "live",
    [
        RESTORED.replace("'a'", "'b'"),
        RESTORED.replace("'a'::character varying)::text, (", ""),
        RESTORED.replace("word", "other"),
        RESTORED.replace("= ANY", "<> ALL"),
    ],
)
def test_other_words_are_a_difference(live: str) -> None:
    assert differing(SHIPPED, live) == 1


BETWEEN = (
    "CHECK ((((cardinality(x) >= 1) AND (cardinality(x) <= 50)) AND (array_position(x, NULL::uuid) IS NULL)))"
)
FLAT = (
    "CHECK (((cardinality(x) >= 1) AND (cardinality(x) <= 50) AND (array_position(x, NULL::uuid) IS NULL)))"
)


def test_an_and_within_an_and_needs_no_parentheses() -> None:
    assert differing(BETWEEN, FLAT) == 0
    assert differing("((a) AND ((b) AND (c)))", "((a) AND (b) AND (c))") == 0
    assert differing("((a) AND (((b) OR (c)) OR (d)))", "((a) AND ((b) OR (c) OR (d)))") == 0


@pytest.mark.parametrize(
    ("expected", "live"),
    [
        ("((a) AND ((b) OR (c)))", "((a) AND (b) OR (c))"),
        ("((a) OR ((b) AND (c)))", "(((a) OR (b)) AND (c))"),
        ("(f((a) AND (b)) AND (c))", "((a) AND (b) AND (c))"),
        ("(x = 'a AND (b AND c)')", "(x = 'a AND b AND c')"),
    ],
)
def test_other_parentheses_are_a_difference(expected: str, live: str) -> None:
    assert differing(expected, live) == 1

"""What `make bench` writes into infra/docs/benchmarks.md."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.benchmarks import page
from tests.benchmarks.__main__ import SUBJECTS
from tests.benchmarks.measure import Row
from tests.benchmarks.page import Circumstances

AT = Circumstances(when=datetime(2026, 12, 5, tzinfo=UTC), machine="2 processors", load=0.44, sizes={})
OLD = """# Figures

How to read them.

## `claims`

| What | Measured |
|---|---|
| an old claim | 5 ms |

Measured on 1 May 2026.

## `refresh`

| What | Measured |
|---|---|
| an old refresh | 7 ms |

Measured on 2 May 2026.

## What they mean

Nothing.
"""


@pytest.fixture
def figures(tmp_path):
    path = tmp_path / "benchmarks.md"
    path.write_text(OLD)
    return path


def record(path, subject, *rows, at=AT):
    page.record(path, subject, f"What {subject} does.", rows, at)
    return path.read_text()


def test_a_run_replaces_the_figures_of_its_subject(figures):
    text = record(figures, "claims", Row(what="a claim", measured=0.002, floor=0.001, target=3.0))
    assert "| a claim | 2.00 ms | 1.00 ms | 2.00 | ≤ 3.0 |" in text
    assert "Measured on 5 December 2026: 2 processors; load 0.4 at its beginning." in text
    assert "an old claim" not in text
    assert "1 May" not in text


def test_subjects_that_were_not_run_keep_their_figures_and_their_date(figures):
    text = record(figures, "claims", Row(what="a claim", measured=0.002))
    before, after = OLD.split("## `claims`")[0], "## `refresh`" + OLD.split("## `refresh`")[1]
    assert text.startswith(before)
    assert text.endswith(after)


def test_a_new_subject_comes_after_the_others_and_before_other_text(figures):
    text = record(figures, "workers", Row(what="eight", measured=1.0))
    assert text.index("## `refresh`") < text.index("## `workers`") < text.index("## What they mean")


def test_the_same_run_written_twice_is_the_same_page(figures):
    row = Row(what="a | b", measured=0.5)
    assert record(figures, "claims", row) == record(figures, "claims", row)
    assert "a \\| b" in figures.read_text()


def test_sizes_other_than_the_usual_are_told(figures):
    at = Circumstances(when=AT.when, machine="m", load=1, sizes={"DDP_BENCH_EVENTS": "10"})
    assert "beginning, DDP_BENCH_EVENTS=10." in record(figures, "claims", at=at)


def test_a_missed_target_is_marked(figures):
    assert "MISSED" in record(figures, "claims", Row(what="slow", measured=4.0, floor=1.0, target=2.0))


def test_every_section_of_the_page_is_of_a_subject_that_exists():
    named = {page._subject(part) for part in page._sections(page.PAGE.read_text())} - {None}
    assert named
    assert named <= set(SUBJECTS)

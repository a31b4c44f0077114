"""What a run says at its end."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from infra.local.chaos.proof.course import Plan, print_sums
from infra.local.chaos.proof.memory import Growth
from infra.local.chaos.proof.page import report
from tests.unit.infra.local.chaos.proof.courses import badly, well


def test_a_run_of_which_everything_held_has_nothing_wrong():
    assert well().wrong == []
    assert "Everything held." in report(well())


def test_all_that_did_not_hold_is_told():
    wrong = badly().wrong
    assert wrong == [
        "e-mails: 1 lost, 2 twice, 3 not what the ledger says",
        "did not come to rest: 2 sends",
        "<b>foreign ids</b> was answered with 200",
        "A new runner did not happen within 120 s.",
    ]
    page = report(badly())
    assert "Everything held" not in page
    assert "&lt;b&gt;foreign ids" in page


def test_memory_is_judged_when_a_run_was_long_enough():
    growth = [Growth(part="emulator", first=100, second=120)]
    grown = replace(well(), plan=Plan(minutes=60, seed="1"), growth=growth)
    assert grown.wrong == ["emulator: memory 1.20 of what it was, while nothing was killed"]
    assert replace(grown, plan=Plan(minutes=5, seed="1")).wrong == []


def test_the_terminal_has_the_sums(capsys):
    print_sums(well(), Console(width=120))
    told = capsys.readouterr().out
    assert "12,345" in told
    assert "56 kills of 3 kinds" in told
    assert "at rest 71 s after the fire" in told

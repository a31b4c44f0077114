"""The report page of a run: one HTML file with the product's stylesheet, no script, nothing from the network."""

from __future__ import annotations

import platform as machine
from collections import Counter
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import psutil

from ddp.pages.page import page
from infra.cli.report import parts
from infra.cli.report.parts import number, section, table
from infra.local.chaos.proof.course import Course

STYLE = Path(parts.__file__).with_name("report.css").read_text()
GIGABYTE = 1e9

DEFINITIONS = {
    "Out": "The ledger says that the provider took it, and the provider's list has it.",
    "Unknown": "The ledger says that it does not know. It counts neither as sent nor as failed, and nobody repeats it.",
    "Unsent": "Refused by the provider, suppressed, cancelled or too late; the provider's list does not have it.",
    "Due": "It waits for a time, or for a person who paused it.",
    "Twice": "The provider's list has it more than once.",
    "Lost": "It waits for nobody, or it was taken from a tenant and stands nowhere.",
    "Undeclared": "The ledger says one thing, and the provider's list another.",
}


def report(course: Course) -> str:
    """The whole document."""
    content = "".join(
        (
            f"<style>{STYLE}</style>",
            _about(course),
            _verdict(course),
            _sums(course),
            _counted("What was killed", "killed with kill -9", course.happened.killed),
            _counted("What went wrong at the providers", "accidents", course.happened.accidents),
            _counted("Hostile requests that were refused", "refused", course.happened.refused),
            _counted("Requests of honest tenants that were refused", "refused", course.happened.declined),
            _memory(course),
            _definitions(),
        )
    )
    return page(f"Under fire: {course.plan.minutes:g} min", content, is_wide=True)


def _about(course: Course) -> str:
    facts = {
        "Seed": course.plan.seed,
        "Date": f"{datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
        "Machine": f"{psutil.cpu_count()} processors, {psutil.virtual_memory().total / GIGABYTE:.0f} GB,"
        f" {machine.system()} {machine.machine()}, Python {machine.python_version()}",
        "At rest": f"{course.settled_seconds:.0f} s after the fire"
        + (", in a hurry" if course.plan.is_hurried else ""),
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f'<dl class="about">{items}</dl>'


def _verdict(course: Course) -> str:
    totals = {
        "Twice": sum(line.twice for line in course.lines),
        "Lost": sum(line.lost for line in course.lines),
        "Undeclared": sum(line.undeclared for line in course.lines),
        "Hostile requests let in": len(course.happened.breaches),
        "Unknown, and said to be": sum(line.unknown for line in course.lines),
        "Killed": course.happened.killed.total(),
    }
    tiles = "".join(
        f'<div class="tile"><dt>{name}</dt><dd><b class="number">{number(value)}</b></dd></div>'
        for name, value in totals.items()
    )
    if wrong := course.wrong:
        told = "".join(f"<li>{escape(sentence)}</li>" for sentence in wrong)
        verdict = f'<div class="alert"><p class="bad">This did not hold:</p><ul>{told}</ul></div>'
    else:
        verdict = '<p class="good">Everything held.</p>'
    return f'{verdict}<dl class="tiles">{tiles}</dl>'


def _sums(course: Course) -> str:
    headings = ("", "All", "Out", "Unknown", "Of these out", "Unsent", "Due", "Twice", "Lost", "Undeclared")
    rows = [
        (
            line.what,
            *(line.all, line.out, line.unknown, line.unknown_but_out, line.unsent, line.due),
            *(line.twice, line.lost, line.undeclared),
        )
        for line in course.lines
    ]
    return section("The sums", table(headings, rows, caption="What became of everything"))


def _counted(title: str, unit: str, counts: Counter[str]) -> str:
    if not counts:
        return section(title, '<p class="soft">Nothing.</p>')
    return section(title, table(("", unit), counts.most_common(), caption=title))


def _memory(course: Course) -> str:
    rows = [
        (each.part, f"{each.first:.1f}", f"{each.second:.1f}", f"{each.ratio:.2f}") for each in course.growth
    ]
    if not rows:
        return section("Memory", '<p class="soft">The run was too short to measure it.</p>')
    said = (
        "In the last third of the run nothing was killed. Its second half may have 1.05 of its first."
        if course.plan.judges_memory
        else "The run was too short for a verdict."
    )
    headings = ("", "MB, first half", "MB, second half", "Ratio")
    return section("Memory", table(headings, rows, caption="Memory"), f'<p class="soft">{said}</p>')


def _definitions() -> str:
    items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS.items())
    return f'<section><h2>Definitions</h2><dl class="definitions">{items}</dl></section>'

"""Runs of which everything held, and of which nothing did, for the tests of their report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from infra.local.chaos.happened import Happened
from infra.local.chaos.proof.course import Course, Plan
from infra.local.chaos.proof.memory import Growth
from infra.local.chaos.proof.sums import Line


def well() -> Course:
    """A run of ten minutes of which everything held."""
    happened = Happened(
        killed=Counter({"ddp-local-email-send": 41, "ddp-local-social-publish": 12, "postgres": 3}),
        accidents=Counter({"mailbox: silence_after": 9, "platforms: error_before": 4}),
        refused=Counter({"foreign ids": 120, "forged tokens": 80}),
    )
    return Course(
        plan=Plan(minutes=10, seed="c0ffee"),
        lines=[
            Line(what="e-mails", all=12_345, out=12_000, unknown=45, unknown_but_out=12, unsent=300),
            Line(what="SMS", all=900, out=880, unknown=20),
            Line(what="posts", all=120, out=118, unknown=1, unsent=1),
        ],
        happened=happened,
        waiting={},
        growth=[Growth(part="runner", first=61.2, second=62.0)],
        settled_seconds=71.0,
    )


def badly() -> Course:
    """A short run of which nothing held."""
    lines = [Line(what="e-mails", all=9, lost=1, twice=2, undeclared=3)]
    happened = Happened(
        breaches=["<b>foreign ids</b> was answered with 200"],
        trouble=["A new runner did not happen within 120 s."],
    )
    return replace(
        well(),
        plan=Plan(minutes=1, seed="1"),
        lines=lines,
        happened=happened,
        waiting={"sends": 2},
        growth=[],
    )

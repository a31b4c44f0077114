"""The README of the local runtime says which checks treat stage `local` differently."""

from __future__ import annotations

from infra.state import ROOT

SOURCES = ("functions", "layers/shared/python")


def test_only_the_three_checks_of_encryption_in_transit_compare_the_stage():
    files = [file for source in SOURCES for file in (ROOT / source).rglob("*.py")]
    comparing = {file.name for file in files if '"DDP_STAGE"' in file.read_text(encoding="utf-8")}
    # migrate.py treats stage local like dev and staging: of them all only prod gets no development data.
    assert comparing - {"migrate.py"} == {"authorizer.py", "db.py", "smtp.py"}

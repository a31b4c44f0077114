"""`ddp audit`: what pip-audit and npm answer, and what is said when they cannot ask."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from infra.cli.audit import command, node, python
from infra.cli.audit.findings import Audit, Unreachable, Vulnerability
from infra.state import ROOT

PACKAGE = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}]}
CLEAN = {"name": "idna", "version": "3.20", "vulns": []}


def test_what_pip_audit_finds_is_told_with_its_remedy():
    (found,) = python.read(json.dumps({"dependencies": [PACKAGE, CLEAN]}), "")
    assert found == Vulnerability(package="pillow", version="1.0", advisory="PYSEC-1", fixed_in="1.1, 2.0")
    assert "fixed in 1.1, 2.0" in str(found)


def test_packages_without_advisories_are_clean():
    assert python.read(json.dumps({"dependencies": [CLEAN]}), "Found nothing") == []


def test_a_package_that_the_database_does_not_know_is_not_called_clean():
    skipped = {"name": "private", "skip_reason": "not found"}
    with pytest.raises(Unreachable, match=r"nothing of 1 of 2 packages \(private\)"):
        python.read(json.dumps({"dependencies": [CLEAN, skipped]}), "")


def test_without_an_answer_the_last_thing_that_pip_audit_said_is_told():
    with pytest.raises(Unreachable, match=r"did not answer.*Connection refused"):
        python.read("", "Traceback\nConnection refused\n")


def test_what_npm_finds_is_told_by_package():
    tar = {
        "range": "<7",
        "via": [{"url": "https://a.example/1"}, "other"],
        "fixAvailable": {"version": "7.1"},
    }
    by_need = {"range": "*", "via": ["tar"], "fixAvailable": False}
    first, second = node.read(json.dumps({"vulnerabilities": {"tar": tar, "npx": by_need}}), "")
    assert str(first) == "npx *, by what it needs; no fix yet"
    assert (second.package, second.advisory, second.fixed_in) == ("tar", "https://a.example/1", "7.1")


@pytest.mark.parametrize("answer", ["", '{"message": "request failed", "error": {}}'])
def test_an_error_of_npm_is_not_taken_for_clean(answer):
    with pytest.raises(Unreachable, match=r"did not answer \(npm error audit endpoint"):
        node.read(answer, "npm warn of something else\nnpm error audit endpoint returned an error\n")


def nothing(_):
    return []


def one(_):
    return [Vulnerability(package="p", version="1", advisory="A")]


def away(_):
    raise Unreachable("the advisory database did not answer (no route)")


@pytest.mark.parametrize(
    ("asked", "status"),
    [([nothing, nothing], 0), ([nothing, away], 3), ([away, one], 1), ([one, away, nothing], 1)],
)
def test_the_status_is_the_worst_and_not_known_is_worse_than_clean(monkeypatch, capsys, asked, status):
    audits = [Audit(name="n", locks=[ROOT / "requirements/dev.txt"], ask=ask) for ask in asked]
    monkeypatch.setattr(command, "_audits", lambda: audits)
    assert command._run(SimpleNamespace()) == status
    assert capsys.readouterr().out.count("not checked") == asked.count(away)


def test_every_lock_file_is_asked_about():
    asked = {lock for audit in command._audits() for lock in audit.locks}
    locked = {*ROOT.glob("layers/*/requirements.txt"), *ROOT.glob("requirements/*.txt")}
    locked |= {path for top in ("functions", "infra") for path in (ROOT / top).rglob("package-lock.json")}
    locked = {path for path in locked if "node_modules" not in path.parts}
    assert asked == locked - {ROOT / "requirements/uv.txt"}  # one package, which requirements/dev.txt has too

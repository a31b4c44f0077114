"""`ddp cleanup` and `ddp erase` against an API with canned answers: requests, output, exit status."""

from __future__ import annotations

import json

import pytest

from infra.cli import main as cli

ID = "5f0e8f0c-0000-4000-8000-000000000001"
WAITING = {"ended_at": None}


def cleaned(**changed):
    report = {"ended_at": "2027-03-01T09:00:00Z", "steps": {"sessions": 1200, "audit": 0}}
    return 200, {**report, "is_left": False, "error": None, **changed}


@pytest.fixture
def cleanups(api):
    api.answers["POST", "/cleanups"] = (202, {"cleanup_run_id": ID})
    api.answers["GET", f"/cleanups/{ID}"] = [(200, WAITING), cleaned()]
    return api


@pytest.fixture
def erasures(api):
    api.answers["POST", "/erasures"] = (202, {"erasure_id": ID})
    ended = {"ended_at": "now", "counts": {"sends": 12}, "held_by_others": ["Backups, until their end."]}
    api.answers["GET", f"/erasures/{ID}"] = [(200, {"ended_at": None}), (200, ended)]
    return api


def asked(api):
    return json.loads(api.asked[0][2])


@pytest.mark.parametrize(
    ("words", "is_dry", "told"),
    [
        ([], False, "1,200 removed in total."),
        (["--dry-run"], True, "1,200 would be removed in total. Nothing was changed."),
    ],
)
def test_a_cleanup_waits_and_tells_each_count(cleanups, capsys, words, is_dry, told):
    assert cli.main(["cleanup", *words]) == 0
    assert asked(cleanups) == {"dry_run": is_dry}
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["1,200 sessions", told]


def test_steps_that_failed_are_told(cleanups, capsys):
    cleanups.answers["GET", f"/cleanups/{ID}"] = cleaned(error="sessions: LockNotAvailable", is_left=True)
    assert cli.main(["cleanup"]) == 1
    assert "sessions: LockNotAvailable" in capsys.readouterr().err


def test_what_a_cleanup_leaves_is_told(cleanups, capsys):
    cleanups.answers["GET", f"/cleanups/{ID}"] = cleaned(is_left=True)
    assert cli.main(["cleanup"]) == 0
    assert "Something is left" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "person"),
    [
        (["user", ID], {"user_id": ID}),
        (["recipient", "ann@shop.example"], {"email": "ann@shop.example"}),
        (["recipient", "+41791234567"], {"phone": "+41791234567"}),
    ],
)
def test_an_erasure_names_one_person_and_what_others_hold(erasures, capsys, words, person):
    assert cli.main(["erase", *words, "--dry-run"]) == 0
    assert asked(erasures) == {**person, "dry_run": True}
    told = capsys.readouterr().out
    assert "12 sends" in told
    assert "12 would be erased in total. Nothing was changed." in told
    assert "Backups, until their end." in told


def test_an_erasure_without_dry_run_is_one(erasures, capsys):
    assert cli.main(["erase", "user", ID]) == 0
    assert asked(erasures)["dry_run"] is False
    assert "12 erased in total." in capsys.readouterr().out


def test_a_refusal_is_one_sentence(api, capsys):
    api.answers["POST", "/cleanups"] = (403, {"detail": "Only administrators."})
    assert cli.main(["cleanup"]) == 1
    assert "ddp cleanup: POST /cleanups was refused (403): Only administrators." in capsys.readouterr().err

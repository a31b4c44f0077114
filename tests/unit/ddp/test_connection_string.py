"""Connection strings: from an operator's secret to libpq."""

from __future__ import annotations

import traceback

import pytest
from psycopg.conninfo import conninfo_to_dict

from ddp import db


@pytest.mark.parametrize(
    ("stage", "url", "sslmode"),
    [
        ("prod", "postgresql://me:hidden@host/x", "require"),
        ("prod", "postgresql://me:hidden@host/x?sslmode=verify-full", "verify-full"),
        ("local", "postgresql://me:hidden@host/x", None),
    ],
)
def test_tls_is_demanded_outside_of_stage_local(monkeypatch, stage, url, sslmode):
    monkeypatch.setenv("DDP_STAGE", stage)
    parameters = conninfo_to_dict(db.connection_string(url))
    assert (parameters.get("sslmode"), parameters["password"]) == (sslmode, "hidden")


@pytest.mark.parametrize("url", ["postgresql://me:hidden%ZZ@host/x", "postgresql:/me:hidden@host/x"])
def test_what_cannot_be_read_is_not_quoted(url):
    with pytest.raises(ValueError, match="not a PostgreSQL connection string") as caught:
        db.connection_string(url)
    assert "hidden" not in "".join(traceback.format_exception(caught.value))


def test_functions_connect_with_what_the_secret_says(monkeypatch):
    class Secrets:
        def get_secret_value(self, **name: str) -> dict[str, str]:
            return {"SecretString": f'{{"url": "postgresql://me@{name["SecretId"]}/x"}}'}

    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DDP_DATABASE_SECRET", "host")
    monkeypatch.setenv("DDP_STAGE", "prod")
    monkeypatch.setattr("boto3.client", lambda _: Secrets())
    assert conninfo_to_dict(db._parameters()["conninfo"]) == {
        "user": "me", "host": "host", "dbname": "x", "sslmode": "require",
    }  # fmt: skip

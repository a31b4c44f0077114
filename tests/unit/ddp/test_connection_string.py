"""Connection strings: from an operator's secret to libpq."""

from __future__ import annotations

import re
import ssl
import time
import traceback
from pathlib import Path

import botocore
import pytest
from psycopg.conninfo import conninfo_to_dict

from ddp import db

CERTIFICATES = Path(db.__file__).with_name("certificates")
PUBLIC = Path(botocore.__file__).with_name("cacert.pem")


@pytest.mark.parametrize(
    ("host", "roots"),
    [
        ("ddp.abc.eu-central-1.rds.amazonaws.com", CERTIFICATES / "rds.pem"),
        ("ddp.cluster-abc.eu-central-1.rds.amazonaws.com", CERTIFICATES / "rds.pem"),
        ("ddp-prod.proxy-abc.eu-central-1.rds.amazonaws.com", PUBLIC),
        ("aws-0-eu-west-1.pooler.supabase.com", CERTIFICATES / "supabase.pem"),
        ("db.project.supabase.co", CERTIFICATES / "supabase.pem"),
        ("db.example.com", PUBLIC),
        ("rds.amazonaws.com.example.com", PUBLIC),
    ],
)
def test_a_server_is_verified_by_the_authority_of_its_hosts(monkeypatch, host, roots):
    monkeypatch.setenv("DDP_STAGE", "prod")
    parameters = conninfo_to_dict(db.connection_string(f"postgresql://me:hidden@{host}/x"))
    assert (parameters["sslmode"], parameters["password"]) == ("verify-full", "hidden")
    assert Path(parameters["sslrootcert"]) == roots


def test_stage_local_has_no_tls(monkeypatch):
    monkeypatch.setenv("DDP_STAGE", "local")
    assert "sslmode" not in conninfo_to_dict(db.connection_string("postgresql://me:hidden@host/x"))


@pytest.mark.parametrize("mode", ["require", "prefer", "disable", "verify-ca"])
def test_a_url_cannot_ask_for_an_unverified_server(monkeypatch, mode):
    monkeypatch.setenv("DDP_STAGE", "prod")
    with pytest.raises(ValueError, match=r"asks for an unverified server: remove sslmode from it\.$"):
        db.connection_string(f"postgresql://me:hidden@host/x?sslmode={mode}")


@pytest.mark.parametrize("name", ["rds.pem", "supabase.pem"])
def test_every_root_is_a_valid_authority_below_its_name(name):
    text = (CERTIFICATES / name).read_text()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(CERTIFICATES / name)
    names = re.findall(r"^# (.*), until .*\n-----BEGIN", text, re.MULTILINE)
    roots = context.get_ca_certs()
    assert len(roots) == text.count("BEGIN CERTIFICATE") == len(names)
    assert {dict(part for (part,) in root["subject"])["commonName"] for root in roots} == set(names)
    assert all(root["subject"] == root["issuer"] for root in roots)
    assert all(ssl.cert_time_to_seconds(root["notAfter"]) > time.time() for root in roots)


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
        "user": "me", "host": "host", "dbname": "x", "sslmode": "verify-full", "sslrootcert": str(PUBLIC),
    }  # fmt: skip

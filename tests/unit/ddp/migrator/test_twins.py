"""Twins: files about e-mail that are applied a second time, about SMS."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddp import twins
from ddp.migrator import InvalidFiles
from ddp.migrator.files import read_schema

CLAIM = """-- twin: sms (claim_sms_sends)
-- Claims e-mails.
create or replace function ddp.claim_email_sends() returns void language sql as $$
    update public.email_sends set status = 'sending' where recipient_email <> ''
$$;
"""


@pytest.fixture
def read(tmp_path: Path):
    """Read a schema directory that holds these files, by name."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "functions/ledger").mkdir(parents=True)

    def read(**files: str):
        for name, text in files.items():
            (tmp_path / f"functions/ledger/{name}.sql").write_text(text)
        return {file.name: file for file in read_schema(tmp_path).repeatables}

    return read


def test_a_twin_is_a_file_of_its_own_with_the_words_exchanged(read) -> None:
    files = read(claim_email_sends=CLAIM)
    assert list(files) == ["functions/claim_email_sends.sql", "functions/claim_sms_sends.sql"]
    original, twin = files.values()
    assert original.text == CLAIM
    assert twin.text == (
        "-- Claims SMS messages.\n"
        "create or replace function ddp.claim_sms_sends() returns void language sql as $$\n"
        "    update public.sms_sends set status = 'sending' where recipient_phone <> ''\n$$;\n"
    )
    assert twin.path == "functions/ledger/claim_email_sends.sql (twin for SMS)"


def test_the_exchange_is_part_of_a_twins_checksum(read, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(claim_email_sends=CLAIM)
    monkeypatch.setitem(twins._WORDS, "e-mails", "texts")
    after = read()
    assert [before[name].checksum == after[name].checksum for name in before] == [True, False]


def test_a_requirement_is_exchanged_only_if_it_is_a_twin(read) -> None:
    text = CLAIM.replace(
        "-- Claims", "-- requires: functions/email_rate.sql, functions/require_email.sql\n-- Claims"
    )
    rate = CLAIM.replace("claim_email_sends", "email_rate").replace("claim_sms_sends", "sms_rate")
    files = read(claim_email_sends=text, email_rate=rate, require_email="select 'email';")
    assert files["functions/claim_sms_sends.sql"].requires == (
        "functions/require_email.sql", "functions/sms_rate.sql",
    )  # fmt: skip
    assert files["functions/claim_email_sends.sql"].requires == (
        "functions/email_rate.sql", "functions/require_email.sql",
    )  # fmt: skip


def test_a_twin_that_makes_what_its_original_makes_is_refused(read) -> None:
    text = CLAIM.replace("claim_email_sends", "expire_send_calls").replace(
        "claim_sms_sends", "expire_send_calls"
    )
    with pytest.raises(InvalidFiles, match="and its twin would both make expire_send_calls: put the channel"):
        read(expire_email_calls=text)


@pytest.mark.parametrize(
    "header",
    ["sms", "sms ()", "sms (claim_email_sends)", "sms (claim_sms_sends, sms_wait)", "push (claim_sms_sends)"],
)
def test_a_header_that_does_not_name_what_the_twin_makes_is_refused(read, header: str) -> None:
    with pytest.raises(InvalidFiles, match=r"write `-- twin: sms \(claim_sms_sends\)`"):
        read(claim_email_sends=CLAIM.replace("sms (claim_sms_sends)", header))


def test_a_twin_whose_name_exists_is_refused(read) -> None:
    with pytest.raises(InvalidFiles, match=r"would be functions/claim_sms_sends.sql, which exists"):
        read(claim_email_sends=CLAIM, claim_sms_sends="select 1;")
    with pytest.raises(InvalidFiles, match=r"would be functions/claim.sql, which exists"):
        read(claim=CLAIM)

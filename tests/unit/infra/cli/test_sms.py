"""`ddp sms` against an API with canned answers: its requests, its output, its exit status."""

from __future__ import annotations

import json

import pytest

from infra.cli import main as cli

HEADER = "country,kind,price_per_part,valid_from,source\n"
PATH = "/sms-prices"
COUNTS = {"added": 1, "changed": 0, "unchanged": 1}


def run(tmp_path, content):
    file = tmp_path / "prices.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return cli.main(["sms", "prices", "import", str(file)])


def test_all_prices_go_in_one_request(api, tmp_path, capsys):
    api.answers["POST", PATH] = 201, COUNTS
    rows = "FR,sender_id,0.0500,2026-01-01,an example\n\nUS,ten_dlc,0.00883,2026-02-01,an example\n"
    assert run(tmp_path, HEADER + rows) == 0
    ((method, path, body, caller),) = api.asked
    assert (method, path, caller) == ("POST", PATH, "Bearer t-1")
    assert [(each["country"], each["price_per_part"]) for each in json.loads(body)["prices"]] == [
        ("FR", "0.0500"),
        ("US", "0.00883"),
    ]
    assert "1 prices added, 0 changed, 1 as they were" in capsys.readouterr().out


def test_a_file_as_spreadsheets_write_it(api, tmp_path):
    api.answers["POST", PATH] = 201, COUNTS
    text = "sep=;\r\nSource;Kind;Country;Valid from;Price per part\r\nlist;short_code;FR;2026-01-01;0.1\r\n"
    assert run(tmp_path, text.encode("utf-16")) == 0
    assert json.loads(api.asked[0][2])["prices"][0]["kind"] == "short_code"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "Line 1: the first line names the columns"),
        ("country,kind\nFR,sender_id\n", "Line 1: the first line names the columns"),
        (HEADER, "The file has no prices."),
        (HEADER + "FR,sender_id,-1,2026-01-01,x\n", "Line 2: price_per_part"),
        (HEADER + "FR,sender_id,1e-2,2026-01-01,x\n", "Line 2: price_per_part must be a number"),
        (HEADER + "FR,sender_id,0.05,01/02/2026,x\n", "Line 2: valid_from must be a day such as 2026-11-29"),
        (HEADER + "FR,pigeon,0.05,2026-01-01,x\n", "Line 2: kind"),
        (HEADER + "FR,sender_id,0.05,2026-01-01\n", "Line 2: it has fewer columns than the header."),
        (HEADER + 'FR,sender_id,0.05,2026-01-01,"x\n', "Line 2: The line's quotes are not balanced."),
        (HEADER + "FR,sender_id,0.05,2026-01-01,x\n" * 2, "Line 3: line 2 has a price of the same"),
    ],
)
def test_nothing_of_a_bad_file_is_imported(api, tmp_path, capsys, content, said):
    good = "DE,sender_id,0.05,2026-01-01,x\n" if content.count("\n") > 1 else ""
    assert run(tmp_path, content + good) == 1
    assert said in capsys.readouterr().err
    assert api.asked == []


def test_every_bad_line_is_named_up_to_twenty(api, tmp_path, capsys):
    assert run(tmp_path, HEADER + "fr,sender_id,0.05,2026-01-01,x\n" * 25) == 1
    told = capsys.readouterr().err
    assert "Line 2:" in told
    assert "Line 21:" in told
    assert "… and 5 more." in told


def test_a_refusal_of_the_api_and_a_file_that_is_not_there(api, tmp_path, capsys):
    api.answers["POST", PATH] = 403, {"detail": "You may not do this."}
    assert run(tmp_path, HEADER + "FR,sender_id,0.05,2026-01-01,x\n") == 1
    assert "You may not do this." in capsys.readouterr().err
    assert cli.main(["sms", "prices", "import", str(tmp_path / "none.csv")]) == 2


def test_identities_are_taken_over(api, capsys):
    api.answers["POST", "/origination-identities/sync"] = 200, {"found": 3, "added": 1, "gone": 0}
    assert cli.main(["sms", "identities", "sync"]) == 0
    told = capsys.readouterr().out
    assert "3 identities: 1 new, 0 gone" in told
    assert "Nobody may use the new ones yet" in told

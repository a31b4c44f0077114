"""`ddp report`: one file that stands alone, whatever the account has or what its rows are called."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from html.parser import HTMLParser

import pytest

from functions.analytics.models.figures import SocialPostFigures
from infra.cli.api_client import Answer, ApiError
from infra.cli.main import main
from infra.cli.report import charts, command
from infra.cli.report.asking import ask
from infra.cli.report.page import DEFINITIONS, report
from infra.cli.report.parts import tile
from infra.local.portal.documentation import OPENAPI
from tests.unit.infra.cli.report_answers import HOSTILE, UNTIL, Answers

pytestmark = pytest.mark.thorough

MOST_BYTES = 500_000


def made(answers: Answers, days: int = 30) -> str:
    return report(ask(answers, until=UNTIL, days=days, zone="Europe/Zurich"))


@pytest.fixture(scope="module")
def full() -> str:
    return made(Answers())


@pytest.mark.parametrize("days", [1, 400])
def test_the_file_is_small_and_stands_alone(days: int) -> None:
    text = made(Answers(), days)
    assert len(text.encode()) < MOST_BYTES
    assert not re.search(r"<(script|link|iframe|img|object|embed|base|meta http-equiv)\b", text)
    assert not re.search(r"(src|href|xlink:href|url)\s*[=(]", text)
    assert not re.search(r"\son\w+\s*=", re.sub(r"&lt;.*?&gt;", "", text))
    # The only addresses are names of namespaces.
    assert set(re.findall(r"https?://[^\"'< ]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_names_stay_text(full: str) -> None:
    assert "<script>" not in full
    assert HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:20] in full


def test_on_top_stand_whose_numbers_period_zone_and_time(full: str) -> None:
    top = full[full.index('class="about"') : full.index('class="tiles"')]
    for text in (
        "this brand",
        "31 October 2026 to 29 November 2026",
        "Europe/Zurich",
        "29 November 2026, 09:29 UTC",
    ):
        assert text in top


def test_each_chart_has_its_table_and_the_pages_colours(full: str) -> None:
    drawings = re.findall(r"<svg .*?</svg>", full, re.DOTALL)
    assert len(drawings) == full.count("<details>") > 8
    for svg in drawings:
        assert 'role="img" aria-label="' in svg
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
        assert colours <= {
            "none",
            "transparent",
            *(f"var(--{name})" for name in ("accent", "text", "soft", "line", "edge")),
        }


def test_every_tag_is_closed(full: str) -> None:
    open_: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag != "meta":
                open_.append(tag)

        def handle_endtag(self, tag):
            assert open_.pop() == tag

        def handle_startendtag(self, tag, attrs):
            pass

    Parser().feed(full)
    assert open_ == []


def test_an_account_without_anything_is_told_what_to_do() -> None:
    text = made(Answers(is_empty=True))
    assert "<svg" not in text
    assert text.count('class="empty"') == 7
    for step in ("--days", "POST /email-campaigns", "POST /brand-assets", "POST /sessions"):
        assert step in text
    assert "nothing has been counted yet" in text


def test_what_to_do_names_operations_of_the_api() -> None:
    paths = json.loads(OPENAPI.read_text())["paths"]
    named = re.findall(r"\b(GET|POST|PUT) (/[a-z/-]+)", made(Answers(is_empty=True)))
    assert named
    assert [(method, path) for method, path in named if method.lower() not in paths.get(path, {})] == []


@pytest.mark.parametrize("counts", [True, False])
def test_conversions_are_shown_where_a_stage_counts_them(counts: bool) -> None:
    text = made(Answers(counts_conversions=counts))
    assert ("E-mail: from sent to converted" in text) == counts
    assert ("E-mail: from sent to clicked" in text) != counts


def test_an_administrator_gets_the_platforms_numbers() -> None:
    answers = Answers(account_type="admin")
    assert "all accounts" in made(answers)
    assert all("entity=platform" in path for path in answers.asked if "/series" in path)
    assert any("/campaigns?scope=all" in path for path in answers.asked)


def test_co_op_funds_say_what_is_left_and_are_left_out_without_one(full: str) -> None:
    assert "Co-op funds, the newest first" in full
    assert "789.50" in full
    assert "Co-op funds, the newest first" not in made(Answers(is_empty=True))


def test_channels_without_messages_are_left_out(full: str) -> None:
    assert "SMS: from" not in full


@pytest.mark.parametrize(
    ("channel", "steps"),
    [
        ("E-mail", ["Sent", "Delivered", "Opened", "Clicked", "Converted"]),
        ("SMS", ["Sent", "Delivered", "Clicked", "Converted"]),
    ],
)
def test_each_step_of_a_channel_is_in_percent_of_what_its_definition_says(
    channel: str, steps: list[str]
) -> None:
    text = made(Answers(sends_sms=True))
    assert f"{channel}: from sent to converted" in text
    behind = text[text.index(f"{channel}, step by step") :].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", behind, re.DOTALL)[1:]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    assert [row[0] for row in cells] == steps
    counts = {step: int(count.replace(",", "")) for step, count, _ in cells}
    for step, count, rate in cells[1:]:
        base = "Sent" if step == "Delivered" else "Delivered"
        assert rate == f"{100 * counts[step] / counts[base]:.1f} % of {base.lower()}", (step, count)
        said = next(text for name, text in DEFINITIONS.items() if step.lower() in name.lower())
        assert f"In percent of {base.lower()} messages." in said


def test_engagement_is_defined_as_the_api_counts_it() -> None:
    counted = SocialPostFigures.model_fields["total_engagement"].description or ""
    kinds = re.findall(r"likes|reactions|comments|shares|saves|clicks", counted.lower())
    assert len(kinds) == 6
    assert [kind for kind in kinds if kind not in DEFINITIONS["Engagement"].lower()] == []


@pytest.mark.parametrize(
    ("value", "previous", "text"),
    [
        (120, 100, "20 % more than in the 30 days before"),
        (80, 100, "20 % fewer than in the 30 days before"),
        (5, 0, "none in the 30 days before"),
        (0, 0, "as in the 30 days before"),
    ],
)
def test_the_change_of_a_tile_says_against_what(value: int, previous: int, text: str) -> None:
    assert text in re.sub("<[^>]+> ?", "", tile("Views", value, previous, before="30 days"))


def test_bars_of_the_same_name_stay_two() -> None:
    assert charts.bars("Names", [("Same", 2), ("Same", 1)]).count("Same") == 4  # twice in the label


def test_a_refusal_of_the_api_is_told_as_it_says() -> None:
    class Refusing(Answers):
        def call(self, method, path, body=None):
            return Answer(status=401, body={"detail": "The token has expired."})

    with pytest.raises(ApiError, match="401: The token has expired"):
        made(Refusing())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tz", "Mars/Base"], "Europe/Zurich"),
        (["--days", "0"], "between 1 and 400"),
        (["--days", "40000"], "between 1 and 400"),
        (["--days", "51", "--tz", "Asia/Kathmandu"], "at most 50"),
        (["--api-url", "http://127.0.0.1:9"], "a token is missing"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_asked(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DDP_TOKEN", raising=False)
    assert main(["report", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_file_is_written_where_it_was_asked_for(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "client_of", lambda _: Answers())
    parser = ArgumentParser()
    command.configure(parser)
    arguments = parser.parse_args(["--out", str(tmp_path / "own.html"), "--days", "7"])
    assert arguments.run(arguments) == 0
    assert (tmp_path / "own.html").read_text().startswith("<!doctype html>")

"""Automatic answers: every language says what it must, in one part, and names words that are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from functions.sms.answers import texts
from functions.sms.answers.keywords import Answer, answer
from functions.sms.answers.texts import reply
from functions.sms.texts.text import Encoding, size

COUNTRIES = ["US", *sorted(texts._BY_COUNTRY)]
KINDS = ("stop", "start", "help")
CAPITALS = re.compile(r"\b[A-ZÄÖÜÆØÅĄĆĘŁŃÓŚŹŻ]{4,}\b")


@pytest.mark.parametrize("country", COUNTRIES)
def test_answers_fit_one_part(country: str) -> None:
    for kind in KINDS:
        measured = size(reply(kind, country, sender="A shop of some name", contact="help@shop.example"))
        assert (measured.encoding, measured.parts) == (Encoding.GSM, 1), (kind, measured)


@pytest.mark.parametrize("country", COUNTRIES)
def test_answers_name_sender_contact_and_words_that_are_understood(country: str) -> None:
    said = {kind: reply(kind, country, sender="Shop", contact="a@b.example") for kind in KINDS}
    assert all(text.startswith("Shop") for text in said.values())
    assert "a@b.example" in said["stop"]
    assert "a@b.example" in said["help"]
    assert CAPITALS.findall(said["stop"]) == [], "a confirmation asks for nothing"
    assert {answer(word) for word in CAPITALS.findall(said["start"])} <= {Answer.STOP, Answer.HELP}
    assert [answer(word) for word in CAPITALS.findall(said["help"])] == [Answer.STOP]


def test_countries_have_their_language_and_others_english() -> None:
    assert reply("stop", "FR", sender="x", contact="y") != reply("stop", "US", sender="x", contact="y")
    assert reply("stop", "JP", sender="x", contact="y") == reply("stop", "US", sender="x", contact="y")


def test_a_name_is_only_a_name() -> None:
    assert reply("help", "US", sender="{contact} {0} {{", contact="y").startswith("{contact} {0} {{: ")
    hostile = reply("stop", "US", sender="a\r\n\u202eb\x00" + "c" * 300, contact="y")
    assert hostile.startswith("a b " + "c" * 36 + ": ")


def test_each_country_stands_once() -> None:
    lines = Path(texts.__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    countries = [c for line in lines if not line.startswith("#") for c in line.split("\t")[1].split()]
    assert len(countries) == len(set(countries))
    assert all(re.fullmatch("[A-Z]{2}", country) for country in countries)

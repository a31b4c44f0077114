"""What answers to messages ask for, on a corpus of what people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.sms.answers import keywords
from functions.sms.answers.keywords import Answer, answer, simplified

LINES = Path(__file__).with_name("stop_messages.txt").read_text(encoding="utf-8").splitlines()
MESSAGES = [
    (verdict, message.replace("\\n", "\n"))
    for verdict, _, message in (line.partition("\t") for line in LINES if not line.startswith("#"))
]
# Suppressed although they are not opt-outs: the rule for short answers prefers that to a missed one.
FALSE_SUPPRESSIONS = 10


def of(verdict: str) -> list[str]:
    return [message for wanted, message in MESSAGES if wanted == verdict]


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(MESSAGES) >= 300
    assert len(of("none")) >= 100


def test_no_opt_out_is_missed() -> None:
    assert [message for message in of("stop") if answer(message) is not Answer.STOP] == []


def test_what_may_be_an_opt_out_reaches_a_person() -> None:
    assert [m for m in of("person") if answer(m) not in {Answer.PERSON, Answer.STOP}] == []


def test_few_answers_are_taken_for_opt_outs_that_are_none() -> None:
    wrong = [message for message in of("none") if answer(message) is Answer.STOP]
    print(f"{len(wrong)} of {len(of('none'))} answers suppressed wrongly:", *wrong, sep="\n  ")
    assert len(wrong) <= FALSE_SUPPRESSIONS, wrong


@pytest.mark.parametrize("wanted", [Answer.START, Answer.HELP])
def test_start_and_help(wanted: Answer) -> None:
    assert [message for message in of(wanted) if answer(message) is not wanted] == []
    assert [message for message in of("none") if answer(message) is wanted] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("so now do please stop", Answer.STOP),  # five words
        ("so now do please just stop", Answer.PERSON),  # six
        ("so now do please just stop it", Answer.OTHER),
        ("so now do please just nonstop", Answer.OTHER),
        ("stop one two three four", Answer.STOP),
        ("stop one two three four five", Answer.PERSON),
        ("stopping one two three four five", Answer.OTHER),
        ("one two three four five six no más seven", Answer.STOP),
        ("停止一二三四五六七八", Answer.STOP),  # two characters count as a word
        ("停止一二三四五六七八九", Answer.PERSON),
        ("一二三四五六七八九停止", Answer.PERSON),
        ("help stop", Answer.STOP),
        ("start", Answer.START),
        ("I will start", Answer.OTHER),  # only the whole answer: it lifts a stop
        ("", Answer.OTHER),
        ("\x00\ud83d \u202e", Answer.OTHER),
        ("\u202estop\u202c", Answer.STOP),
        ("stop\x00", Answer.STOP),
    ],
)
def test_where_a_word_counts(text: str, wanted: Answer) -> None:
    assert answer(text) is wanted


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  S.T.O.P!!  ", "stop"),
        ("\uff33\uff34\uff2f\uff30\u200b", "stop"),
        ("ArrÊt de m\u2019envoyer", "arret de m envoyer"),
        ("ÇIKIŞ İptal", "cikis iptal"),
        ("stoooop 1000", "stop 1000"),
        ("Stop2", "stop 2"),
        ("I don't, d'arr\u00eater", "i dont d arreter"),
        ("opt_out 👩‍👩‍👧", "opt out"),
        ("Straße", "strasse"),
        ("बंद करो", simplified("बंद  करो!")),
    ],
)
def test_what_people_vary_does_not_count(text: str, plain: str) -> None:
    assert simplified(text) == plain


def test_no_text_of_the_table_is_empty() -> None:
    assert all(text == simplified(text) != "" for texts in keywords._TEXTS.values() for text in texts)


def test_an_answer_without_end_is_cut() -> None:
    assert answer("stop " * 1_000_000) is Answer.PERSON

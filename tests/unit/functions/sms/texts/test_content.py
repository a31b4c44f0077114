"""The text of an SMS for one recipient."""

from __future__ import annotations

import pytest

from ddp.errors import Invalid
from functions.sms.texts import content
from functions.sms.texts.short_links import OPT_OUT


def text(template: str, *, name: str = "Ann", opt_out: str = "Reply STOP", **options: bool) -> str:
    return content.prepared(template).text_for(
        {"city": "Bonn"}, name=name, phone="+12025550101", opt_out=opt_out, **options
    )


def test_variables_and_words_for_opting_out() -> None:
    assert text("Hi {{ name }} in {{ city }}, {{ phone }}") == "Hi Ann in Bonn, +12025550101 Reply STOP"
    assert text("{{ opt_out }}: Hi") == "Reply STOP: Hi"
    assert text("Hi", opt_out="") == f"Hi {OPT_OUT}"
    assert text("Your code is 1", appends=False) == "Your code is 1"


def test_data_cannot_replace_what_the_platform_says() -> None:
    prepared = content.prepared("{{ opt_out }} {{ phone }}")
    data = {"opt_out": "no way out", "phone": "x", "links": {"n1": "x"}}
    assert prepared.text_for(data, name=None, phone="+1", opt_out="Reply STOP") == "Reply STOP +1"


def test_a_text_for_all_is_told_from_a_personal_one() -> None:
    same = "Sale {{ 'https://a.example' | short_link }} {{ opt_out }}"
    assert content.prepared(same).is_same_for_all
    assert not content.prepared("Hi {{ name }}").is_same_for_all
    assert not content.prepared("{% if name %}x{% endif %}").is_same_for_all


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("{% if false %}x{% endif %}", "unrenderable"),
        ("{{ city }}.bit.ly {{ 'x' }} bit.ly", "public-shortener"),
    ],
)
def test_what_cannot_be_sent(template: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        text(template, appends=False)
    assert refused.value.code == code


def test_1601_characters_are_refused() -> None:
    assert len(text("x" * 1600, appends=False)) == 1600
    with pytest.raises(Invalid) as refused:
        text("x" * 1601, appends=False)
    assert (refused.value.code, "1,601" in refused.value.detail) == ("too-many-parts", True)


def test_control_characters_and_blank_lines_go() -> None:
    assert text("a\r\nb\n\n\n\nc\x07d\t", appends=False) == "a\nb\n\ncd"


def test_what_costs_more_parts_than_allowed_is_refused() -> None:
    assert content.measured("x" * 160, max_parts=1).parts == 1
    with pytest.raises(Invalid, match="takes 2 parts"):
        content.measured("x" * 161, max_parts=1)
    with pytest.raises(Invalid, match="outside of the GSM alphabet"):
        content.measured("\u4f60" * 71, max_parts=1)
    with pytest.raises(Invalid) as refused:
        content.measured("a\ud800", max_parts=1)
    assert refused.value.code == "unrenderable"


def test_transliterating_is_asked_for() -> None:
    assert text("Don\u2019t", appends=False) == "Don\u2019t"
    assert text("Don\u2019t", appends=False, transliterates=True) == "Don't"

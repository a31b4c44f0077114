"""Whom the demo texts, and its end: every address and command that it prints works, or it says what makes it work."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from infra.local.demo import demo, files
from infra.local.demo.campaign import kit
from infra.local.demo.phones import ENTRIES, UNUSABLE, phones
from tests import lambdas

URLS = dict.fromkeys(("Portal", "Documentation", "Mailbox", "Phones", "Platforms"), "http://127.0.0.1:20000/")


@pytest.mark.parametrize(
    ("was_up", "words"), [(True, "still running"), (False, "work again after `make dev`")]
)
def test_what_to_look_at_next(was_up, words):
    output = io.StringIO()
    demo._print_what_next(Console(file=output), URLS, was_up=was_up)
    told = output.getvalue()
    assert told.index(words) < told.index("http://127.0.0.1:20000/")
    command = next(line for line in told.splitlines() if "local token brand" in line).split()[0]
    assert Path(command).name == "ddp"


def test_the_kits_template_shows_all_that_it_asks_for_at_places_where_slots_may_stand():
    assert lambdas.MESSAGE_SECRET
    from functions.campaigns import content, template_models

    template = template_models.TemplateRequest(**kit.TEMPLATE)
    html = content.checked("email", template.template_content)["html"]
    content.check_slots("email", template.template_content, template.slots)
    asked_for = [f"slot.{slot.name}" for slot in template.slots] + [f"sender.{n}" for n in template.requires]
    assert all(f"{{{{ {name} }}}}" in html for name in asked_for)


def test_a_store_has_one_logo_and_each_run_has_its_own_invoices():
    assert files.logo("Logo.png", "Lakeside").sha256 == files.logo("Logo.png", "Lakeside").sha256
    assert files.invoice("a.pdf", "one run").sha256 != files.invoice("a.pdf", "another run").sha256


def test_the_phones_are_500_in_20_countries_and_each_run_has_its_own():
    assert lambdas.MESSAGE_SECRET  # the environment, without which the next module cannot be imported
    from functions.sms.phones import numbers

    list_ = phones("one run")
    entries = [each["phone"] for each in list_.recipients]
    assert (len(entries), len(set(entries)), len(list_.by_country)) == (ENTRIES, ENTRIES, 20)
    assert sum(list_.by_country.values()) == list_.usable == ENTRIES - len(UNUSABLE)
    usable = [entry for entry in entries if entry not in UNUSABLE]
    assert Counter(numbers.read(entry).country for entry in usable) == list_.by_country
    for entry in UNUSABLE:
        with pytest.raises(numbers.NumberError):
            numbers.read(entry)
    again = {each["phone"] for each in phones("another run").recipients}
    assert len(again.intersection(usable)) < 5, "who wrote STOP in one run would be missing in the next"

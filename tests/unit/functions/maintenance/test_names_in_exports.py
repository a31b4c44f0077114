"""Lists of figures with somebody's name, place or device: an erasure withdraws files of these, and of no other."""

from __future__ import annotations

import re

from functions.analytics.listings import FIGURES
from infra.state import ROOT

OF_PEOPLE = {"user_name", "retailer_name", "device_type", "country_code"}
OF_THINGS = {"file_name", "campaign_name", "collection_name"}


def test_an_erasure_withdraws_the_files_of_each_list_that_says_something_about_a_person():
    text = (ROOT / "schema/functions/erasure/erase_exports.sql").read_text()
    lists = re.search(r"x\.list in \(([^)]*)\)", text)
    assert lists
    personal = {name for name, figures in FIGURES.items() if OF_PEOPLE & set(figures.listing.columns)}
    assert set(re.findall(r"'([a-z-]+)'", lists[1])) == personal


def test_each_name_in_a_list_is_known_to_be_of_a_person_or_of_a_thing():
    columns = {column for figures in FIGURES.values() for column in figures.listing.columns}
    named = {column for column in columns if re.search(r"name|email|phone|handle|address", column)}
    # Counts of messages, and of those who did something with them.
    named = {column for column in named if not re.search(r"email|sms", column) or column.endswith("_name")}
    assert named - OF_PEOPLE - OF_THINGS == set()

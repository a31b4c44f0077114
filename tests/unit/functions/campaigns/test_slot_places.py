"""A slot stands where its value stays a value."""

from __future__ import annotations

import pytest

from ddp.errors import Invalid
from functions.campaigns import slot_places

KINDS = {"headline": "text", "link": "url", "picture": "image"}


@pytest.mark.parametrize(
    "html",
    [
        "<h1>{{ slot.headline }}</h1>",
        "{{ slot.headline | upcase }}",
        '<a href="{{ slot.link }}?from=mail" title="{{ slot.headline }}">x</a>',
        "<img src='{{ slot[\"picture\"] }}' alt='{{ slot.headline }}'>",
        '<a href="https://brand.example/?q={{ slot.headline }}">x</a>',
        '<p title="a > b">{{ slot.headline }}</p>',
        "1 < 2 {{ slot.headline }}",
        "<style>p { color: red }</style><p>{{ slot.headline }}</p>",
        '{% if slot.headline %}<p class="x">{{ slot.headline }}</p>{% endif %}',
        '<p {% if name %}class="x"{% endif %}>{{ slot.headline }}</p>',
    ],
)
def test_safe_places(html):
    slot_places.check(html, KINDS)


@pytest.mark.parametrize(
    "html",
    [
        "<p title={{ slot.headline }}>x</p>",
        "<p {{ slot.headline }}>x</p>",
        '<a href="{{ slot.headline }}">x</a>',
        '<a HREF=" {{ slot.headline }}">x</a>',
        "<img src='{{ slot.headline }}'>",
        '<p style="color: {{ slot.headline }}">x</p>',
        '<p onclick="{{ slot.link }}">x</p>',
        "<style>p { color: {{ slot.headline }} }</style>",
        "<script>x = '{{ slot.headline }}'</script>",
        "<a href={{ slot.link }}>x</a>",
        "{{ slot.other }}",
        "{{ slot['other'] }}",
        "{% assign x = slot.other %}",
    ],
)
def test_places_at_which_a_value_gets_out(html):
    with pytest.raises(Invalid) as refused:
        slot_places.check(html, KINDS)
    assert refused.value.code == "slot-place"

"""No unsubscribe token stays in a link that an event brings."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

import pytest

from ddp import keys
from ddp.links import unsubscribe
from functions.email.ses.links import without_tokens

HOST = "https://ddp.example.com"
PLACES = [
    "https://ddp.example.com/unsubscribe/{}",
    "https://ddp.example.com/unsubscribe/{}?utm_source=mail#top",
    "HTTPS://DDP.EXAMPLE.COM/Unsubscribe/{}",
    "https://evil.example/?u={}&a=1",
    "https://evil.example/{}/x.png",
    "https://evil.example/?u=https://ddp.example.com/unsubscribe/{}",
    "https://{}.evil.example/",
    "https://evil.example/#x{}y",
    "https://shop.example/?ddp_ref={}&a=1",
]


@pytest.fixture(params=["now", "before"])
def token(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(keys, "derive", lambda _: b"k" * 32)
    made = unsubscribe.token(uuid4())
    return made if request.param == "now" else "AQ" + made + "x" * 62


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_a_token_is_found_wherever_it_stands(token: str, place: str, levels: int) -> None:
    link = place.format(token)
    for _ in range(levels):
        link = quote(link, safe="")
    kept = without_tokens(link)
    assert token[:20] not in kept
    assert token[20:] not in kept
    assert "…" in kept


def test_a_token_in_escaped_characters_is_found(token: str) -> None:
    escaped = "".join(f"%{ord(character):02X}" for character in token)
    assert without_tokens(f"{HOST}/unsubscribe/{escaped}") == f"{HOST}/unsubscribe/…"
    assert without_tokens(f"https://evil.example/?{escaped}") == "https://evil.example/?…"


@pytest.mark.parametrize(
    "link",
    [
        "https://shop.example/unsubscribe",
        "https://shop.example/a%20b?next=https%3A%2F%2Fshop.example%2Fc",
        "https://shop.example/spring-collection-2027-new-arrivals-for-women-and-men",
        "https://shop.example/1b4e28ba-2fa1-11d2-883f-0016d3cca427-1b4e28ba-2fa1-11d2",
        "",
        "%",
    ],
)
def test_other_links_stay_as_they_are(link: str) -> None:
    assert without_tokens(link) == link

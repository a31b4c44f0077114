"""What is wrong with the images that an e-mail names. Nothing is fetched, so of other addresses nothing is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from ddp.links import hosted_images

# Gmail cuts messages off at 102 KB, and many programs show no image that is within the message.
LONGEST_DATA: Final = 10_000
# Different images of a message that are looked at, and of a long address, the beginning that is shown.
MOST_IMAGES: Final = 100
SHOWN: Final = 200

_IMAGE = re.compile(r"<img(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_VALUE_FOLLOWS = re.compile(r"\s*=")

Code = Literal["not-https", "local-file", "unknown-image", "revoked-image", "data-too-large", "foreign"]
REASONS: Final[Mapping[Code, str]] = {
    "not-https": "Mail programs show only images whose address begins with https://.",
    "local-file": "This names a file, not an address: upload the image, host it, and use its file_url.",
    "unknown-image": "No hosted image has this address: copy the file_url of the file once more.",
    "revoked-image": "This image is no longer hosted: host it again, and use its new file_url.",
    "data-too-large": "An image within the message makes it too large: host it, and use its file_url.",
    "foreign": "This image comes from somewhere else, so nobody here knows whether it is there.",
}


class ImageProblem(BaseModel):
    """An image that recipients may not see. `foreign` is for information only."""

    source: str = Field(description="The beginning of what the image's `src` says.")
    code: Code = Field(description="What is wrong.")
    reason: str = Field(description="A sentence that says what to do.")


def find(html: str, states: Callable[[list[str]], Mapping[str, str]]) -> list[ImageProblem]:
    """The problems of a page's images, in their order, each once.

    `states` gives the states of tokens of hosted images; it is called only if the page names some.
    """
    named = list(dict.fromkeys(_first(sources(html), MOST_IMAGES)))
    tokens = [token for source in named if (token := hosted_images.token_in(source)) is not None]
    known = states([token for token in tokens if hosted_images.key(token)]) if tokens else {}
    found = ((source, _code(source, known)) for source in named)
    return [
        ImageProblem(source=source[:SHOWN], code=code, reason=REASONS[code]) for source, code in found if code
    ]


def sources(html: str) -> Iterator[str]:
    """What the images of a page name, read once from its beginning to its end."""
    position = 0
    while image := _IMAGE.search(html, position):
        position, source = image.end(), None
        while attribute := _ATTRIBUTE.match(html, position):
            position = attribute.end()
            if _VALUE_FOLLOWS.match(html, position):  # a quotation that never ends
                return
            if attribute[1].lower() == "src" and source is None:
                source = unescape(attribute[2] or attribute[3] or attribute[4] or "").strip()
        if source is not None:
            yield source


def _first(found: Iterator[str], count: int) -> Iterator[str]:
    for _, source in zip(range(count), found, strict=False):
        yield source


def _code(source: str, known: Mapping[str, str]) -> Code | None:
    token = hosted_images.token_in(source)
    if token is not None:
        return _code_of_token(known.get(token))
    try:
        scheme = urlsplit(source).scheme.lower()
    except ValueError:  # what urlsplit takes for an address of IPv6
        return "local-file"
    match scheme:
        case "https":
            return "foreign"
        case "http":
            return "not-https"
        case "data":
            return "data-too-large" if len(source) > LONGEST_DATA else None
        case "cid":  # an attachment of the message
            return None
        case _:
            return "local-file"


def _code_of_token(state: str | None) -> Code | None:
    match state:
        case "live":
            return None
        case "revoked":
            return "revoked-image"
        case _:
            return "unknown-image"

"""Hosted images at /i/{token}: public, without a database, a cookie or a note of who asked.

The token names an object (ddp.links.hosted_images), and the object is there exactly as long as the image is hosted. So
everything else gets the same 404, which says neither whether there was an image nor why it is gone.
"""

from __future__ import annotations

from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import edge
from ddp.links import hosted_images
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.providers import s3_served
from ddp.providers.s3_served import Stored

# It serves files, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

# An address always shows the same image, so nobody needs to ask again meanwhile. A revoked one is gone after an hour,
# from caches that keep to this.
FRESH: Final = "public, max-age=3600, immutable"

_TYPES: Final = frozenset(["image/jpeg", "image/png"])
_TEXT: Final = "text/plain; charset=utf-8"

File = Response[Any]  # bytes of an image, or text


@app.route("/i/<token>", method=["GET", "HEAD"])
def image(token: str) -> File:
    """The image that a token names."""
    key = hosted_images.key(token)
    stored = s3_served.stored(key) if key else None
    if key is None or stored is None or stored.content_type not in _TYPES:
        return _not_found()
    if stored.etag in _known_etags():
        return _answer(304, b"", stored)
    if app.current_event.http_method == "HEAD":
        return _answer(200, b"", stored)
    content = s3_served.read(key)
    return _not_found() if content is None else _answer(200, content, stored)


def _known_etags() -> set[str]:
    """What If-None-Match lists, without quotes and the mark of weak ones."""
    given = app.current_event.headers.get("if-none-match", "")
    return {each.strip().removeprefix("W/").strip('"') for each in given.split(",")}


def _answer(status: int, content: bytes, stored: Stored) -> File:
    own = {"Cache-Control": FRESH, "ETag": f'"{stored.etag}"', "Cross-Origin-Resource-Policy": "cross-origin"}
    if app.current_event.http_method == "HEAD" and status == 200:
        own["Content-Length"] = str(stored.size)  # as GET's answer would say
    body: bytes | str = content or ""
    return Response(
        status_code=status, content_type=stored.content_type, headers={**headers(), **own}, body=body
    )


def _not_found() -> File:
    is_head = app.current_event.http_method == "HEAD"
    body = "" if is_head else "There is nothing at this address."
    return Response(status_code=404, content_type=_TEXT, headers=headers(), body=body)


@app.not_found
def _no_route(_: NotFoundError) -> File:
    return _not_found()


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> File:
    """Answer 503; only the log says what went wrong."""
    logger.exception("an image could not be served", exc_info=error)
    return Response(
        status_code=503,
        content_type=_TEXT,
        headers={**headers(), "Retry-After": "120"},
        body="Try again in two minutes.",
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)

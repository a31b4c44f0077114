"""Images of posts, for platforms that fetch them from an address: at our own domain, without a redirect or an account.

The address is signed and ends after two hours (media_links.py). Whatever else is asked for gets the same 404: it says
neither why an address is not valid nor whether there is an image. The platforms ask with GET and with HEAD.

TikTok fetches only from addresses whose owner it knows: it asks for a file of its own choice among the images.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ddp import edge, settings
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.providers import s3
from functions.social import media_links

# It serves files, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

# What TikTok's ownership files contain, by their names.
OWNERSHIP = {
    f"tiktok{code}.txt": f"tiktok-developers-site-verification={code}"
    for code in settings.optional("DDP_TIKTOK_SITE_VERIFICATION").split()
}

# An answer of Lambda has at most 6 MB, and base64 makes four bytes of three. Converted images have 4 MB at most.
LONGEST = 4_400_000

_JPEG, _TEXT = "image/jpeg", "text/plain; charset=utf-8"
_MISSING = {"NoSuchKey", "404", "NotFound"}

File = Response[Any]  # bytes of an image, or text


@app.route("/media/<name>", method=["GET", "HEAD"])
def media(name: str) -> File:
    """An image, or TikTok's ownership file."""
    if name in OWNERSHIP:
        return _answer(200, OWNERSHIP[name].encode(), _TEXT)
    named = media_links.read(name)
    return _image(*named) if named else _not_found()


def _image(post_id: UUID, position: int) -> File:
    key = s3.social_key(post_id, position)
    if _is_head():
        size = s3.size(key)
        return _not_found() if size is None else _answer(200, b"", _JPEG, size=size)
    try:
        image = s3.read_range(key, 0, LONGEST + 1)
    except ClientError as error:
        if s3.code(error) in _MISSING:
            return _not_found()
        raise
    if len(image) > LONGEST:
        raise ValueError(f"{key} is longer than {LONGEST:,} bytes")  # half an image is worse than none
    return _answer(200, image, _JPEG)


@app.not_found
def _no_route(_: NotFoundError) -> File:
    return _not_found()


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> File:
    """Answer 503; only the log says what went wrong."""
    logger.exception("an image could not be served", exc_info=error)
    answer = _answer(503, b"Try again in two minutes.", _TEXT)
    answer.headers["Retry-After"] = "120"
    return answer


def _not_found() -> File:
    return _answer(404, b"There is nothing at this address.", _TEXT)


def _answer(status: int, content: bytes, content_type: str, *, size: int | None = None) -> File:
    """`size`: of what a HEAD request asks about, if it is not the content's."""
    length = len(content) if size is None else size
    # HEAD's answer says how long GET's would be; for GET the gateway says it.
    own = {"Content-Length": str(length)} if _is_head() else {}
    body: bytes | str = content if content_type == _JPEG else content.decode()
    return Response(
        status_code=status,
        content_type=content_type,
        headers={**headers(), **own},
        body="" if _is_head() else body,
    )


def _is_head() -> bool:
    return app.current_event.http_method == "HEAD"


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return edge.handle(app, event, context)

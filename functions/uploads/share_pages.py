"""What a browser gets behind a public link: pages and a redirect. API clients get JSON, from `routes/shares.py`."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from ddp.errors import NotFound
from ddp.observability import logger
from ddp.pages.page import headers
from ddp.providers import s3
from functions.uploads import share_page
from functions.uploads.routes import shares

# It serves pages, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()

Page = Response[str]


def wants_page(event: dict[str, Any]) -> bool:
    """Whether a browser opens a public link, by its address bar or a click."""
    accepted = event.get("headers", {}).get("accept", "")
    return event["rawPath"].startswith("/shares/") and "text/html" in accepted


@app.get("/shares/<token>")
def show(token: str) -> Page:
    """Show what is shared. Records a VIEW action."""
    file = shares.describe(app, token)
    return _answer(200, share_page.shared_file(file, token), **share_page.preview_source(file))


@app.get("/shares/<token>/download")
def download(token: str) -> Page:
    """Redirect to the file. Records a DOWNLOAD action."""
    file = shares.open_file(app, token, "DOWNLOAD")
    answer = _answer(302, "")
    answer.headers["Location"] = s3.presign_get(file["file_path"], file_name=file["file_name"])
    return answer


@app.exception_handler(NotFound)  # type: ignore[untyped-decorator]  # the toolkit's
def _ended(_: NotFound) -> Page:
    return _answer(404, share_page.not_found())


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return _answer(404, share_page.not_found())


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    logger.exception("public link failed", exc_info=error)
    page = _answer(503, share_page.unavailable())
    page.headers["Retry-After"] = "5"
    return page


def _answer(status: int, page: str, **sources: str) -> Page:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers={**headers(**sources), "Vary": "Accept"},
        body=page,
    )

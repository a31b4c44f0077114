"""What a browser gets behind a public link: pages and a redirect. API clients get JSON, from `routes/shares.py`."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from ddp.errors import NotFound
from ddp.observability import logger
from ddp.pages.answers import Page, answer
from ddp.providers import s3
from functions.uploads import share_page
from functions.uploads.routes import shares

# It serves pages, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()
PREFIX = "/shares/"


@app.get("/shares/<token>")
def show(token: str) -> Page:
    """Show what is shared. Records a VIEW action."""
    file = shares.describe(app, token)
    return answer(200, share_page.shared_file(file, token), **share_page.preview_source(file))


@app.get("/shares/<token>/download")
def download(token: str) -> Page:
    """Redirect to the file. Records a DOWNLOAD action."""
    file = shares.open_file(app, token, "DOWNLOAD")
    redirection = answer(302, "")
    redirection.headers["Location"] = s3.presign_get(file["file_path"], file_name=file["file_name"])
    return redirection


@app.exception_handler(NotFound)  # type: ignore[untyped-decorator]  # the toolkit's
def _ended(_: NotFound) -> Page:
    return answer(404, share_page.not_found())


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return answer(404, share_page.not_found())


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    logger.exception("public link failed", exc_info=error)
    page = answer(503, share_page.unavailable())
    page.headers["Retry-After"] = "5"
    return page

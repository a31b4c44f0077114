"""The page by which a person sees what became of a request to forget them; API clients get JSON.

Accessible HTML that loads nothing and runs no scripts. Meta gives its address to the person, from our answer to the
request, which may be opened before the request has been read from its queue.
"""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from ddp.errors import NotFound
from ddp.observability import logger
from ddp.pages.answers import Page, answer
from ddp.pages.page import date, page
from functions.engagement import models
from functions.engagement.routes import deletions

PREFIX = "/social-deletions/"

# It serves a page, so it has no models and no problem documents, and is not in the OpenAPI document.
app = APIGatewayHttpResolver()


@app.get("/social-deletions/<code>")
def show(code: str) -> Page:
    """Show what became of a request."""
    return answer(200, state(deletions.get_deletion(code)))


@app.exception_handler(NotFound)  # type: ignore[untyped-decorator]  # the toolkit's
def _unknown(_: NotFound) -> Page:
    return answer(404, unknown())


@app.not_found
def _no_route(_: NotFoundError) -> Page:
    return answer(404, unknown())


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]  # the toolkit's
def _failed(error: Exception) -> Page:
    logger.exception("the page of a deletion failed", exc_info=error)
    failed = answer(503, page("This did not work", "<p>Please open this page again in a few minutes.</p>"))
    failed.headers["Retry-After"] = "5"
    return failed


def state(request: models.Deletion) -> str:
    """A request that is known: done, or waiting."""
    received = f'<p class="soft">We received your request on {date(request.requested_at)}.</p>'
    if request.done_at is None:
        return page("Your request was received", _WAITING + received)
    done = f'<p role="status">This was done on {date(request.done_at)}.</p>\n'
    return page("Your data was deleted", done + _DONE + received)


def unknown() -> str:
    """A code that nothing is known of: too early, too late, or never given."""
    return page("We do not know this request", _UNKNOWN)


_WAITING = """<p role="status">We will delete your data within the hour.</p>
<p>Open this page again to see whether it is done.</p>
"""
_DONE = """<p>We deleted what we had kept of your comments and reactions, and the access to accounts that you had
given us. Numbers without names stay, such as how many people liked a post.</p>
"""
_UNKNOWN = """<p>If you made it a moment ago, open this page again in a few minutes.</p>
<p>Otherwise compare the address with the one that you were given. A request is shown for at least 30 days after it
was done.</p>
"""

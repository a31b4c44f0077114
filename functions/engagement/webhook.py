"""What platforms tell: public addresses without a database. A request is verified, queued and answered.

Nothing of a request is parsed before its signature is checked, and nothing is queued before that. Whatever it says only
makes the numbers of a post be read soon: a lost, repeated or forged-by-replay request changes none.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import queues, settings
from ddp.errors import Transient
from ddp.observability import logger
from ddp.providers.social import applications, webhooks
from ddp.providers.social.base import Platform
from ddp.providers.social.webhooks import meta, tiktok
from functions.engagement import messages

QUEUE_URL = settings.required("DDP_SOCIAL_EVENT_QUEUE_URL")
PUBLIC_URL = settings.optional("DDP_PUBLIC_URL")

# Whose secrets sign what comes from a source.
_SOURCES = {"meta": (Platform.FACEBOOK, Platform.INSTAGRAM), "tiktok": (Platform.TIKTOK,)}
_VERIFY = {"meta": meta.verify, "tiktok": tiktok.verify}
# A message of a queue holds 256 KiB everywhere.
_MESSAGE_BYTES = 200_000
# Where Meta lists what a webhook tells: entries about accounts, and what happened to each.
_LISTS = ("entry", "changes", "messaging")

Answer = dict[str, Any]


def handler(event: dict[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001
    """Answer one HTTP API event."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    source, *action = path.removeprefix("/webhooks").removeprefix("/").split("/")
    if source not in _SOURCES or len(action) > 1:
        return _answer(404, "There is no webhook at this address.")
    try:
        match method, source, action:
            case "GET", "meta", []:
                return _challenge(event.get("queryStringParameters") or {})
            case "POST", _, []:
                return _webhook(source, event)
            case "POST", "meta", ["deauthorise"]:
                return _signed_request(event, is_deletion=False)
            case "POST", "meta", ["deletion"]:
                return _signed_request(event, is_deletion=True)
            case _, _, []:
                return _answer(405, "This address takes POST.")
    except Transient:
        logger.exception("a webhook could not be queued")
        return _answer(503, "Try again.")
    return _answer(404, "There is no webhook at this address.")


def _challenge(query: dict[str, str]) -> Answer:
    """Meta asks whether the address is ours."""
    given, agreed = query.get("hub.verify_token", ""), _verify_tokens()
    if query.get("hub.mode") != "subscribe" or not any(
        hmac.compare_digest(token.encode(), given.encode()) for token in agreed
    ):
        return _refused("meta", "challenge")
    return _answer(200, query.get("hub.challenge", "")[:1_000])


def _webhook(source: str, event: dict[str, Any]) -> Answer:
    body = _body(event)
    if body is None or len(body) > webhooks.BODY_BYTES:
        return _answer(413, "A webhook has at most 1 MB.")
    if not _VERIFY[source](body, event["headers"], _secrets(source), datetime.now(UTC)):
        return _refused(source, "signature")
    try:
        document = webhooks.document(body)
    except ValueError:
        return _answer(400, "The body is not JSON.")
    if len(body) <= _MESSAGE_BYTES and body.isascii():
        # As it came: writing it again would cost more than all the rest. Queues refuse some other characters.
        queued = [f'{{"type": "Told", "source": "{source}", "code": null, "document": {body.decode()}}}']
    else:
        queued = [messages.told(source, part) for part in _parts(document)]
    queues.send(QUEUE_URL, queued)
    return _answer(200, "")


def _signed_request(event: dict[str, Any], *, is_deletion: bool) -> Answer:
    """A person removed the application, or asks to be forgotten."""
    body = _body(event)
    if body is None or len(body) > webhooks.BODY_BYTES:
        return _answer(413, "A request has at most 1 MB.")
    try:
        given = parse_qs(body.decode("ascii"), max_num_fields=20).get("signed_request", [""])[0]
    except ValueError:
        return _answer(400, "The body is not a form.")
    told = meta.signed_request(given, _secrets("meta"))
    if told is None:
        return _refused("meta", "signed_request")
    code = meta.confirmation_code(given) if is_deletion else ""
    queues.send(QUEUE_URL, [messages.told("meta", told, code)])
    if not is_deletion:
        return _answer(200, "")
    page = {"url": f"{PUBLIC_URL}/social-deletions/{code}", "confirmation_code": code}
    return _answer(200, json.dumps(page), content_type="application/json")


def _parts(document: Any) -> list[Any]:
    """A document, in several if it is too long for a message: each has some of what stands in its lists."""
    if len(json.dumps(document)) <= _MESSAGE_BYTES:
        return [document]
    halves = _halves(document)
    if not halves:
        logger.warning("a part of a webhook is too long for a message and cannot be cut")
    return [part for half in halves for part in _parts(half)]


def _halves(value: Any) -> list[Any]:
    """The value twice, each with half of the first list that has several items; none if there is none."""
    if isinstance(value, list):
        middle = len(value) // 2
        return (
            [value[:middle], value[middle:]] if middle else [[half] for one in value for half in _halves(one)]
        )
    for name in _LISTS if isinstance(value, dict) else ():
        if halves := _halves(value.get(name)):
            return [{**value, name: half} for half in halves]
    return []


def _body(event: dict[str, Any]) -> bytes | None:
    """The raw bytes that were signed; None: they are not what the edge says."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except NotBase64:
        return None


def _secrets(source: str) -> list[bytes]:
    """What the source's applications sign with, of those that are on. Facebook and Instagram may share one."""
    found = [
        secret
        for platform in _SOURCES[source]
        if applications.is_on(platform)
        for secret in applications.signing_secrets(platform)
    ]
    return list(dict.fromkeys(found))


def _verify_tokens() -> list[str]:
    found = [applications.verify_token(one) for one in _SOURCES["meta"] if applications.is_on(one)]
    return [token for token in found if token]


def _refused(source: str, what: str) -> Answer:
    # The alarm counts these lines.
    logger.warning("webhook refused", source=source, what=what)
    return _answer(401, "The signature is missing or wrong.")


def _answer(status: int, body: str, *, content_type: str = "text/plain; charset=utf-8") -> Answer:
    headers = {"content-type": content_type, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return {"statusCode": status, "headers": headers, "body": body}

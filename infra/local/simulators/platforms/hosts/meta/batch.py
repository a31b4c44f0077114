"""Many objects in one call of Meta's: batch requests, in which each has a status of its own, and `?ids=`.

From developers.facebook.com: Graph API, batch requests, reading several objects, changelog of v26.0, blog of 4
November 2026 (legacy features), read in November 2026. What takes too long is null. The error's sentence is a guess.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.simulators.platforms.calls import Answer, Call, PlatformError, route
from infra.local.simulators.platforms.hosts.meta import graph
from infra.local.simulators.platforms.world import World
from infra.local.simulators.serving import HangUp

# The first version in which `?ids=` is an error.
IDS_END = 26


def _batch(world: World, call: Call, version: str = "") -> Answer:
    try:
        operations = json.loads(call.text("batch"))
    except ValueError:
        operations = None
    if not isinstance(operations, list) or not operations:
        raise graph.error("(#100) Param batch must be a JSON array of requests", 100)
    if len(operations) > graph.MOST_AT_ONCE:
        raise graph.error(
            f"Too many requests in batch message. Maximum batch size is {graph.MOST_AT_ONCE}", 100
        )
    has_headers = call.text("include_headers").lower() not in {"false", "0"}
    answers = [_one(world, call, version, each, has_headers=has_headers) for each in operations]
    if call.is_partial:
        answers[len(answers) // 2 :] = [None] * (len(answers) - len(answers) // 2)
    return graph.ok(answers)


def _one(
    world: World, call: Call, version: str, operation: Mapping[str, Any], *, has_headers: bool
) -> dict[str, Any] | None:
    address = urlsplit("/" + str(operation.get("relative_url", "")).lstrip("/"))
    path = unquote(address.path)
    if not path.startswith("/v") or not path[2:3].isdigit():
        path = f"/{version}{path}" if graph.number_of(version) else f"/v26.0{path}"
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    body = str(operation.get("body", "")).encode()
    given = [body]
    inner = Call(
        method=str(operation.get("method", "GET")),
        host=call.host,
        path=path,
        query={"access_token": call.text("access_token") or call.token, **query},
        headers={"content-type": "application/x-www-form-urlencoded"} if body else {},
        size=len(body),
        read=lambda _: given.pop() if given else b"",
    )
    try:
        answer = world.answer(inner)
    except PlatformError as error:
        answer = error.answer
    except HangUp:
        return None
    headers = [{"name": name, "value": value} for name, value in answer.headers.items()]
    told = {"headers": headers} if has_headers else {}
    return {"code": answer.status, **told, "body": answer.content().decode()}


def several(world: World, call: Call, version: str, read: Callable[..., Answer]) -> Answer:
    """Several objects by `?ids=`. If one of them cannot be had, there is no answer for any."""
    if not world.settings["meta_legacy_features"] or graph.number_of(version) >= IDS_END:
        raise graph.error("(#12) The ids query parameter is deprecated for versions v26.0 and higher", 12)
    ids = [each for each in call.text("ids").split(",") if each]
    if not ids:
        raise graph.error("Unsupported get request. Please read the Graph API documentation.", 100)
    if len(ids) > graph.MOST_AT_ONCE:
        raise graph.error(f"(#100) Too many IDs. Maximum: {graph.MOST_AT_ONCE}. Provided: {len(ids)}", 100)
    found, lost = {}, []
    for each in ids:
        try:
            found[each] = read(world, call, version, each).body
        except PlatformError as error:
            if error.answer.body["error"].get("error_subcode") != 33:
                raise
            lost.append(each)
    if lost:
        message = f"(#803) Some of the aliases you requested do not exist: {','.join(lost)}"
        raise graph.error(message, 803, status=404)
    return graph.ok(found)


ROUTES = [
    route("POST", f"{host}/{version}", f"{platform}.batch", _batch, streams=True)
    for platform, host in (("facebook", "graph.facebook.com"), ("instagram", "graph.instagram.com"))
    for version in ("", "{}", "{}/me")
]

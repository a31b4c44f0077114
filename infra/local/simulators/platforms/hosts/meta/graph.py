"""What Facebook and Instagram have in common: Meta's errors, fields, times and usage headers."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from infra.local.simulators.faults import FaultKind
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError
from infra.local.simulators.platforms.hosts.meta import fields
from infra.local.simulators.platforms.oauth import Refused, TokenProblem, holder
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import World

# Objects in one call, by `ids` or as a batch.
MOST_AT_ONCE = 50
_DAY = 86_400.0
# What is counted, and the error for too many calls.
_LIMITS = {"facebook": ("pages", 80001, "Page"), "instagram": ("instagram", 80002, "Instagram")}


def error(
    message: str, code: int, *, status: int = 400, kind: str = "OAuthException", **more: Any
) -> PlatformError:
    """An error of the Graph API; `more` are further members, such as error_subcode."""
    body = {"message": message, "type": kind, "code": code, **more, "fbtrace_id": secrets.token_urlsafe(8)}
    return PlatformError({"error": body}, status)


def fault_error(kind: FaultKind) -> PlatformError:
    """The error of a fault."""
    if kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        refused = error("(#4) Application request limit reached", 4, status=403, is_transient=True)
        return PlatformError(refused.answer.body, 403, _used_up("17841400000000000", "pages", 2))
    if kind is FaultKind.TOKEN_EXPIRED:
        return expired()
    return error("An unknown error has occurred.", 1, status=500)


def _used_up(account: str, kind: str, minutes: int) -> dict[str, str]:
    """What an account has used, in per cent, and in how many minutes it may go on."""
    usage = {
        "type": kind,
        "call_count": 100,
        "total_cputime": 25,
        "total_time": 25,
        "estimated_time_to_regain_access": minutes,
    }
    return {"X-Business-Use-Case-Usage": json.dumps({account: [usage]})}


def take_call(world: World, platform: str, account: str) -> None:
    """Count a call that reads a post of an account. Raises PlatformError for too many of them within a day."""
    since, most = world.now() - _DAY, world.quota(f"{platform}_calls_per_day")
    kind, code, name = _LIMITS[platform]
    if world.store.used(platform, "calls", account, since) >= most:
        first = world.store.first_use(platform, "calls", account, since) or world.now()
        minutes = max(1, math.ceil((first + _DAY - world.now()) / 60))
        message = (
            f"(#{code}) There have been too many calls to this {name} account. Wait a bit and try again."
        )
        refused = error(message, code, status=400, is_transient=True)
        raise PlatformError(refused.answer.body, 400, _used_up(account, kind, minutes))
    world.store.use(platform, "calls", account, world.now())


def expired() -> PlatformError:
    """The error for a token that has ended."""
    return error("Error validating access token: Session has expired.", 190, error_subcode=463)


def missing(object_id: str) -> PlatformError:
    """The error for an object that does not exist or that the token may not see."""
    return error(
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        100,
        kind="GraphMethodException",
        error_subcode=33,
    )


def of_refusal(refused: Refused) -> PlatformError:
    """The error for a code or a client that is refused."""
    if refused.error == "invalid_client":
        return error("Error validating client secret.", 1)
    if "redirect_uri" in refused.description:
        return error(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used "
            "in the OAuth dialog request",
            100,
            error_subcode=36008,
        )
    return error("This authorization code has been used.", 100, error_subcode=36009)


def token_of(world: World, platform: str, call: Call, *scopes: str) -> Object:
    """The token of a call, from the field access_token or the header. Raises PlatformError."""
    token = call.text("access_token") or call.token
    if not token:
        raise error(
            "An active access token must be used to query information about the current user.",
            2500,
            status=400,
        )
    try:
        return holder(world, platform, token, *scopes)
    except TokenProblem as problem:
        if problem.kind == "expired":
            raise expired() from None
        if problem.kind == "invalid":
            raise error("Invalid OAuth access token - Cannot parse access token", 190) from None
        raise error(f"(#200) Requires {' and '.join(scopes)} permission", 200, status=403) from None


def listed(call: Call, name: str) -> list[Any]:
    """A field that is a list: as JSON, or as name[0], name[1] …"""
    value = call.fields.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = value.split(",")
    if isinstance(value, list):
        return value
    numbered = sorted(
        (int(match[1]), given)
        for key, given in call.fields.items()
        if (match := re.fullmatch(rf"{name}\[(\d+)\]", key))
    )
    return [
        json.loads(given) if isinstance(given, str) and given[:1] == "{" else given for _, given in numbered
    ]


def flag(call: Call, name: str, *, otherwise: bool) -> bool:
    """A field that is true or false."""
    value = call.text(name).lower()
    return otherwise if not value else value in {"true", "1"}


def node(
    call: Call,
    facts: Mapping[str, Any],
    kind: str,
    *,
    otherwise: Sequence[str] = (),
    legacy: bool = False,
) -> dict[str, Any]:
    """Those members that the field `fields` names, and the id. Raises PlatformError for one that does not exist.

    A fact that is a function takes the field, with its modifiers, and returns the value. `legacy`: fields may have
    aliases.
    """
    asked = fields.parse(call.text("fields")) or [fields.Field(name=name) for name in otherwise]
    if any("as" in each.modifiers for each in asked) and not legacy:
        raise error("(#12) Field aliases are deprecated", 12)
    found: dict[str, Any] = {}
    for each in asked:
        if each.name not in facts:
            raise error(f"(#100) Tried accessing nonexisting field ({each.name}) on node type ({kind})", 100)
        value = facts[each.name]
        found[each.key] = value(each) if callable(value) else value
    return {name: value for name, value in ({"id": facts["id"]} | found).items() if value is not None}


def number_of(version: str) -> int:
    """The number of a version such as v26.0; 0: it is none."""
    match = re.fullmatch(r"v(\d+)\.\d+", version)
    return int(match[1]) if match else 0


def time_text(at: float) -> str:
    """A time as Meta writes it: 2026-11-30T04:20:00+0000."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S+0000}"


def ok(body: Any, *, usage: int = 1) -> Answer:
    """An answer with the header of usage, in per cent."""
    used = json.dumps({"call_count": usage, "total_cputime": 0, "total_time": 0})
    return Answer(body=body, headers={"X-App-Usage": used})


def page_of(call: Call, nodes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A page of a list, with a cursor to the next."""
    limit, start = int(call.text("limit") or 25), int(call.text("after") or 0)
    shown = nodes[start : start + limit]
    end = start + len(shown)
    more = {"next": f"https://{call.host}{call.path}?after={end}"} if end < len(nodes) else {}
    return {"data": shown, "paging": {"cursors": {"before": str(start), "after": str(end)}, **more}}
